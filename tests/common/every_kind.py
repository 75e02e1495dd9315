"""Rows of every kind that refer to each other, and the paths of the API that lead to them."""

from __future__ import annotations

import re
from typing import Any

from permissions.models import Consumer, Credential, Grant, RevokedToken, Role, TokenIssuer
from routing.models import GlobalPlugin
from tests.common.factories import make_instance, make_permission, make_route
from tests.common.openapi_document import openapi_document

PLUGINS = ("request_id", "cors", "request_size_limit", "fault_injection")


def make_every_kind(number: int = 0) -> dict[str, str]:
    """One row of each kind, all of one service and with the credentials of one consumer.

    Answers what a path parameter is given to lead to them, by its place in the OpenAPI document.
    """
    service, code = "service-0", f"code-{number}.read"
    instance = make_instance(service, instance_id=f"instance-{number}")
    permission = make_permission(code)
    route = make_route(f"/every/{number}/*", service=service, required_permissions=[code], name=f"route-{number}")
    if number < len(PLUGINS):
        GlobalPlugin.objects.create(name=PLUGINS[number], config={"enabled": False})
    role = Role.objects.create(name=f"role-{number}")
    Consumer.objects.create(name=f"consumer-{number}")
    consumer = Consumer.objects.get(name="consumer-0")
    key, basic = Credential(consumer=consumer), Credential(consumer=consumer, identifier=f"user-{number}")
    key.give_key()
    basic.kind, basic.digest = "basic", "not a hash of anything"
    for credential in (key, basic):
        credential.save()
    holders: tuple[dict[str, Any], ...] = ({"user": f"user-{number}"}, {"role": role}, {"consumer": consumer})
    grants = [Grant.objects.create(permission=permission, **holder) for holder in holders]
    issuer = TokenIssuer.objects.create(name=f"issuer-{number}", algorithms=["HS256"], secret="s" * 32)
    RevokedToken.objects.create(jti=f"token-{number}", expires_at="2099-01-01T00:00:00Z")
    return {
        "/admin/routes/": str(route.pk),
        "/admin/services/": str(instance.pk),
        "/admin/catalog/services/": service,
        "/admin/permissions/": str(permission.pk),
        "/admin/roles/": str(role.pk),
        "/admin/grants/": str(grants[0].pk),
        "/admin/issuers/": str(issuer.pk),
        "/admin/consumers/": str(consumer.pk),
        "/admin/consumers/{consumer_id}/keys/": str(key.pk),
        "/admin/consumers/{consumer_id}/basic/": str(basic.pk),
        "service_name": service,
        "name": service,
        "plugin": PLUGINS[0],
    }


def described() -> dict[str, Any]:
    """The paths of the OpenAPI document."""
    paths: dict[str, Any] = openapi_document()["paths"]
    return paths


def filled(path: str, values: dict[str, str]) -> str:
    """A path of the document with the parameters of rows that are there; `1` where nothing is known."""

    def value(found: re.Match[str]) -> str:
        return values.get(found[1]) or values.get(path[: found.start()], "1")

    return re.sub(r"{(\w+)}", value, path)
