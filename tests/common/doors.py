"""Every door of the control plane, for the walls between teams: paths of the API, models of the console."""

from __future__ import annotations

from typing import Any

from tests.common.factories import INSTANCE_BODY, ROUTE_BODY

MARK = "zebra"
"""In every name of team B's objects, and in nothing else."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ABSENT = "quagga"
"""In the place of MARK: the names of what does not exist."""

SERVICE = {"service_name": "{mark}-service"}
ROUTE_CHANGE = {**ROUTE_BODY, **SERVICE, "path_pattern": "/api/mine/*"}
INSTANCE_CHANGE = {**INSTANCE_BODY, **SERVICE}
ANY_BODIES: tuple[Any, ...] = (
    {},
    {"weight": 7},
    {"priority": 7},
    {"slow_start_seconds": 1.0},
    {"action": "open"},
)

CHANGE = {"action": "update", "kind": "route", "data": {"priority": 7}}

DOORS: dict[str, tuple[dict[str, str], tuple[Any, ...]]] = {
    "admin/routes": ({}, (ROUTE_CHANGE,)),
    "admin/routes/<str:pk>": ({"pk": "{route}"}, (*ANY_BODIES, SERVICE)),
    "admin/services": ({}, (INSTANCE_CHANGE,)),
    "admin/services/<str:pk>": ({"pk": "{instance}"}, ANY_BODIES),
    "admin/services/<str:pk>/heartbeat": ({"pk": "{instance}"}, ANY_BODIES),
    "admin/services/<path:name>/state": ({"name": "{mark}-service"}, ANY_BODIES),
    "admin/services/<path:name>/breaker": ({"name": "{mark}-service"}, ANY_BODIES),
    "admin/services/<path:service_name>/policy": ({"service_name": "{mark}-service"}, ANY_BODIES),
    "admin/services/<path:service_name>/owner": (
        {"service_name": "{mark}-service"},
        ({"owner": "team-a"}, {}),
    ),
    "admin/services/<str:service_name>/plugins": ({"service_name": "{mark}-service"}, ANY_BODIES),
    "admin/services/<str:service_name>/plugins/<str:plugin>": (
        {"service_name": "{mark}-service", "plugin": "cors"},
        ANY_BODIES,
    ),
    "admin/catalog/services": ({}, ({},)),
    "admin/catalog/services/<path:pk>": ({"pk": "{mark}-service"}, ANY_BODIES),
    "admin/cache/purge": ({}, ({"route_id": "{route}"}, {"path": "/{mark}/*"}, {"all": True})),
    "admin/batch/routes": (
        {},
        (
            {"routes": [ROUTE_CHANGE]},
            {"routes": [{"id": "{route}", "priority": 7}]},
            {"routes": [{"id": "{mark}-route"}, {"id": "{route}"}]},
        ),
    ),
    "admin/batch/services": (
        {},
        (
            {"services": [INSTANCE_CHANGE]},
            {"services": [{"id": "{instance}", "weight": 7}]},
            {"services": [{"id": "{mark}-service/{mark}-1"}, {"id": "{instance}"}]},
        ),
    ),
    "admin/revisions/<str:number>": ({"number": "{revision}"}, ()),
    "admin/routes/<str:pk>/restore": ({"pk": "{route}"}, ({},)),
    "admin/services/<str:pk>/restore": ({"pk": "{instance}"}, ({},)),
    "admin/changesets": (
        {},
        (
            {"reason": "x", "changes": [{**CHANGE, "id": "{route}"}]},
            {"reason": "x", "changes": [{**CHANGE, "id": "{mark}-route"}]},
            {"reason": "x", "changes": [{"action": "create", "kind": "route", "data": ROUTE_CHANGE}]},
        ),
    ),
    "admin/changesets/<str:pk>": ({"pk": "{changeset}"}, ({}, {"reason": "x"})),
    "admin/changesets/<str:pk>/publish": ({"pk": "{changeset}"}, ({}, {"force": True})),
    "admin/config": (
        {},
        (
            {"services": [{"name": "{mark}-service", "slow_start_seconds": 1.0}]},
            {"routes": [{**ROUTE_CHANGE, "name": "{mark}-route"}]},
        ),
    ),
    "admin/config/openapi": ({}, ({},)),
    "admin/conflicts": ({}, ()),
    "admin/problems": ({}, ()),
    "metrics": ({}, ()),
}
"""Paths that lead to objects of services: what stands for an object in the path, and bodies to try."""

FOR_ADMINISTRATORS = {
    "admin/plugins",
    "admin/plugins/global",
    "admin/plugins/global/<str:plugin>",
    "admin/consumers",
    "admin/consumers/<str:pk>",
    "admin/consumers/<str:consumer_id>/keys",
    "admin/consumers/<str:consumer_id>/keys/<str:pk>",
    "admin/consumers/<str:consumer_id>/basic",
    "admin/consumers/<str:consumer_id>/basic/<str:pk>",
    "admin/permissions",
    "admin/permissions/<str:pk>",
    "admin/roles",
    "admin/roles/<str:pk>",
    "admin/grants",
    "admin/grants/<str:pk>",
    "admin/auth/revocations",
    "admin/auth/revocations/<str:pk>",
    "admin/audit",
    "admin/consumers/<str:pk>/restore",
    "admin/permissions/<str:pk>/restore",
    "admin/roles/<str:pk>/restore",
    "admin/grants/<str:pk>/restore",
    "admin/issuers/<str:pk>/restore",
    "admin/catalog/services/<path:pk>/restore",
    "admin/plugins/global/<str:pk>/restore",
    "admin/consumers/<str:consumer_id>/keys/<str:pk>/restore",
    "admin/consumers/<str:consumer_id>/basic/<str:pk>/restore",
    "admin/revisions/<str:number>/restore",
    "admin/issuers",
    "admin/issuers/<str:pk>",
    "admin/issuers/<str:pk>/test",
}
"""Paths that answer an operator with 403, or 405, whatever he asks."""

OF_NO_OBJECT = {
    "admin/config/schema",
    "admin/tokens",
    "admin/tokens/<str:pk>",
    "admin/auth/token",
    "admin/auth/refresh",
    "admin/auth/revoke",
    "health",
    "health/live",
    "health/ready",
    "openapi.json",
    "^swagger-ui/?$",
    "^(?!console/|static/)",
}
"""Paths that know no objects of services."""

OF_THE_PAST = {"admin/revisions", "admin/revisions/<str:number>/diff/<str:other>"}
"""Paths that answer by numbers of revisions, which are no secret; what they tell of them is."""

OF_THE_TRAFFIC = {"admin/explain", "admin/permissions/check"}
"""Paths that tell how a request would fare. Whoever may send it can tell a route that is there from one that is not."""

OF_WHAT_HAPPENS = {"admin/traffic/tail"}
"""Paths that never end by themselves; tests/integration/test_traffic_tail.py says whom they show what."""

PAGES = {
    "services.Service",
    "services.ServiceInstance",
    "routing.Route",
    "routing.GlobalPlugin",
    "permissions.Permission",
    "permissions.Role",
    "permissions.Credential",
    "permissions.Consumer",
    "permissions.Grant",
    "permissions.TokenIssuer",
    "permissions.RevokedToken",
    "permissions.LoginFailures",
    "permissions.ApiToken",
    "permissions.AuditEntry",
    "configuration.ChangeSet",
    "revisions.Revision",
    "auth.User",
    "auth.Group",
}
"""Models of the console, walked by a person with every permission of Django's who is no administrator."""
