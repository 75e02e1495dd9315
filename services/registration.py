"""Registering an instance: what REST, commands and discovery all do (G-200…G-202)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gateway_project.rest import access
from gateway_project.rest.errors import Conflict
from revisions.change import change
from services import leases
from services.models import Service, ServiceInstance


def service_named(name: str, caller: Any = access.LOCAL) -> Service:
    """The service of this name, made if it is missing.

    Raises `ValidationError` for a bad name, and `NotFound` where the caller may neither see nor make it.
    """
    found = access.visible(caller, Service.objects.filter(name=name)).first()
    return found if found is not None else new_service(name, caller)


def new_service(name: str, caller: Any) -> Service:
    """One of a name that the caller does not see. Raises as `service_named`."""
    access.require_new_service(caller)
    service = Service(name=name)
    try:
        service.full_clean(exclude={"id"})
    except ValidationError as error:
        raise ValidationError({"service_name": error.messages}) from error
    service.save()
    return service


def register_instance(service_name: str, caller: Any = access.LOCAL, **values: Any) -> ServiceInstance:
    """Stores an instance, or answers the one that is there when the registration is an identical repeat.

    A repeat renews the lease, if there is one.

    Raises `ValidationError`, `NotFound` and `Forbidden` as `access.require_write`, or `Conflict` when another
    definition holds the name.
    """
    with change():
        wanted = ServiceInstance(service=service_named(service_name, caller), **values)
        access.require_write(caller, wanted)
        wanted.full_clean(validate_constraints=False)
        wanted.lease_expires_at = leases.end_of(wanted.lease_seconds)
        existing = wanted.service.instances.select_for_update().filter(instance_id=wanted.instance_id).first()
        if existing is None:
            wanted.save(force_insert=True)
            return wanted
        return repeated(existing, wanted)


def repeated(existing: ServiceInstance, wanted: ServiceInstance) -> ServiceInstance:
    """The instance there is, its lease renewed. Raises `Conflict` when its definition is another than the wanted."""
    if existing.definition() != wanted.definition():
        raise Conflict(
            _("This service already has another instance of this id."),
            content={"conflicts_with": [str(existing.pk)]},
        )
    leases.renew(existing)
    return existing
