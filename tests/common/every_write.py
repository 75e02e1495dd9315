"""A call of every writing operation of the OpenAPI document that it accepts, for the rows of `every_kind`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from configuration.models import ChangeSet
from permissions import api_tokens
from permissions.models import RevokedToken, Role
from permissions.tokens import issue_pair
from services.models import Service, ServiceInstance
from tests.common.every_kind import described, filled, make_every_kind
from tests.common.factories import INSTANCE_BODY, ROUTE_BODY, make_permission, make_service
from tests.common.teams import person

CREATE_ROUTE = {"action": "create", "kind": "route", "data": {**ROUTE_BODY, "service_name": "service-0"}}
NEXT_YEAR = "2099-01-01 00:00:00"
OPENAPI = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/pets": {"get": {}}}}
PASSWORD = "correct horse battery staple"

BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("post", "/admin/auth/refresh"): {"refresh": "{refresh}"},
    ("post", "/admin/auth/revoke"): {"jti": "a-token"},
    ("post", "/admin/auth/token"): {"username": "{person}", "password": "x"},
    ("post", "/admin/batch/routes"): {"routes": [ROUTE_BODY]},
    ("put", "/admin/batch/routes"): {"routes": [{"id": "{route}", "priority": 7}]},
    ("delete", "/admin/batch/routes"): {"routes": [{"id": "{route}"}]},
    ("post", "/admin/batch/services"): {"services": [INSTANCE_BODY]},
    ("put", "/admin/batch/services"): {"services": [{"id": "{instance}", "weight": 7}]},
    ("delete", "/admin/batch/services"): {"services": [{"id": "{instance}"}]},
    ("post", "/admin/cache/purge"): {"path": "/*"},
    ("post", "/admin/changesets"): {"reason": "x", "changes": [CREATE_ROUTE], "draft": True},
    ("put", "/admin/changesets/{id}"): {"reason": "y"},
    ("post", "/admin/changesets/{id}/publish"): {"force": True},
    ("post", "/admin/config"): {
        "format": 1,
        "permissions": [{"permission_code": "new.read", "permission_name": "New"}],
    },
    ("post", "/admin/config/openapi"): OPENAPI,
    ("post", "/admin/consumers"): {"name": "new"},
    ("post", "/admin/consumers/{consumer_id}/basic"): {"username": "new", "password": PASSWORD},
    ("put", "/admin/consumers/{consumer_id}/basic/{id}"): {"name": "new"},
    ("post", "/admin/consumers/{consumer_id}/keys"): {"name": "new"},
    ("put", "/admin/consumers/{consumer_id}/keys/{id}"): {"name": "new"},
    ("put", "/admin/consumers/{id}"): {"description": "new"},
    ("post", "/admin/explain"): {"path": "/every/0/1"},
    ("post", "/admin/grants"): {"permission": "code-0.read", "user": "new"},
    ("put", "/admin/grants/{id}"): {"expires_at": NEXT_YEAR},
    ("post", "/admin/issuers"): {"name": "new", "algorithms": ["HS256"], "secret": "t" * 32, "issuer": "new"},
    ("put", "/admin/issuers/{id}"): {"leeway_seconds": 7},
    ("post", "/admin/permissions"): {"permission_code": "new.read", "permission_name": "New"},
    ("put", "/admin/permissions/{id}"): {"description": "new"},
    ("post", "/admin/permissions/check"): {"method": "GET", "path": "/every/0/1"},
    ("put", "/admin/plugins/global/{plugin}"): {"enabled": False},
    ("post", "/admin/roles"): {"name": "new"},
    ("put", "/admin/roles/{id}"): {"description": "new"},
    ("post", "/admin/routes"): ROUTE_BODY,
    ("put", "/admin/routes/{id}"): {"priority": 7},
    ("post", "/admin/services"): INSTANCE_BODY,
    ("post", "/admin/services/{name}/breaker"): {"action": "open"},
    ("put", "/admin/services/{id}"): {"weight": 7},
    ("put", "/admin/services/{service_name}/owner"): {"owner": None},
    ("put", "/admin/services/{service_name}/plugins/{plugin}"): {"enabled": False},
    ("put", "/admin/services/{service_name}/policy"): {"slow_start_seconds": 1.0},
    ("post", "/admin/tokens"): {"name": "new", "scope": "read", "user": "{person}"},
}

QUERIES = {
    ("post", "/admin/config/openapi"): "?service=service-0",
}
"""What an operation needs in its query."""
WRITING = ("post", "put", "delete")

Operation = tuple[str, str]
"""Method, and path as the document has it."""


def writing_operations() -> list[Operation]:
    """All of the document."""
    return [(method, path) for path, item in described().items() for method in item if method in WRITING]


class EveryWrite:
    """Rows of every kind, and calls that change them."""

    def __init__(self) -> None:
        self.values = make_every_kind()
        account = person("alice")
        draft = ChangeSet.objects.create(reason="x", changes=[CREATE_ROUTE], actor="root")
        ServiceInstance.objects.update(lease_seconds=60)
        self.values |= {
            "/admin/changesets/": str(draft.pk),
            "/admin/auth/revocations/": str(RevokedToken.objects.get().pk),
            "/admin/catalog/services/": str(make_service("unused").pk),
            "/admin/plugins/global/": self.values["plugin"],
            "/admin/permissions/": str(make_permission("unused.read").pk),
            "/admin/roles/": str(Role.objects.create(name="unused").pk),
            "/admin/tokens/": str(api_tokens.create(account, "ci", "read").pk),
            "number": "1",
        }
        self.names = {
            "person": account.get_username(),
            "route": self.values["/admin/routes/"],
            "instance": self.values["/admin/services/"],
            "refresh": issue_pair(account).refresh,
        }

    def body(self, operation: Operation) -> Any:
        """That of BODIES, about the rows that are there; None for an operation that reads none."""
        text = json.dumps(BODIES.get(operation))
        for name, value in self.names.items():
            text = text.replace(f"{{{name}}}", value)
        return json.loads(text)

    def path(self, operation: Operation) -> str:
        """The path of a row that is there, and the query."""
        return filled(operation[1], self.values) + QUERIES.get(operation, "")

    def prepare(self, client: Any, operation: Operation) -> None:
        """What must have happened before: only what is deleted can be restored, what is bound unbound."""
        if operation == ("delete", "/admin/services/{service_name}/plugins/{plugin}"):
            assert self.send(client, ("put", operation[1])).status_code == 200
        if operation[1] == "/admin/catalog/services/{id}/restore":
            Service.objects.get(name="unused").delete()  # no operation does
        elif operation[1].endswith("{id}/restore"):
            assert client.delete(self.path(operation).removesuffix("/restore")).status_code == 200, operation

    def send(self, client: Any, operation: Operation, body: Any = None) -> Any:
        """The answer; without a body to the operation's own."""
        body = self.body(operation) if body is None else body
        sent = {} if body is None else {"data": body, "format": "json"}
        return getattr(client, operation[0])(self.path(operation), **sent)


@contextmanager
def taken_back() -> Iterator[None]:
    """A block whose writes are gone afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
