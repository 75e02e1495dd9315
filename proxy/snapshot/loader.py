"""The one reader of the rows: everything the data plane needs, as of one moment."""

from __future__ import annotations

from permissions.compile import consumer_specs, credential_specs, grant_specs, issuer_specs, revoked_token_specs
from proxy.snapshot.configuration import Configuration
from revisions.consistent_read import consistent_read
from revisions.current import current_revision
from routing.compile import global_plugins, route_specs, target_service_specs
from services.compile import service_specs


def load_configuration() -> Configuration:
    """The configuration of the revision now in force.

    Raises `django.db.Error` when the database cannot be read.
    """
    with consistent_read():
        return Configuration(
            revision=current_revision(),
            routes=route_specs(),
            services=(*service_specs(), *target_service_specs()),
            plugins=global_plugins(),
            issuers=issuer_specs(),
            grants=grant_specs(),
            consumers=consumer_specs(),
            credentials=credential_specs(),
            revoked_tokens=revoked_token_specs(),
        )
