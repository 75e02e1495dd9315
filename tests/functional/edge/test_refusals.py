"""What every refusal of the gateway has in common (rules A6 and C5 of docs/edge.md)."""

from __future__ import annotations

import pytest

from tests.common.edge_gateway import bearer
from tests.common.raw_client import get, post
from tests.common.scripted_upstream import answering
from tests.common.through_the_edge import through

REFUSALS = {
    400: (get("/a//b"), {}),
    401: (get("/"), {"requires_auth": True}),
    403: (get("/", bearer("anna")), {"requires_auth": True, "required_permissions": ("x",)}),
    404: (get("/"), {"hosts": ("other.test",)}),
    413: (post("/", b"xx"), {"max_body_bytes": 1}),
    417: (get("/", "Expect: 200-ok"), {}),
    502: (get("/none"), {}),
}


@pytest.mark.parametrize("status", REFUSALS)
async def test_c5_no_refusal_is_kept_by_a_cache(status):
    request, plain = REFUSALS[status]
    script = answering(b"no answer\r\n\r\n") if status == 502 else None
    passed = await through(request, plain=plain, script=script)
    assert (passed.status, passed.answers[0].header(b"cache-control")) == (status, b"no-store")


async def test_a6_credentials_that_fail_are_answered_alike():
    """Neither words nor fields tell whether there is such a user, a signature that holds, or no token at all."""
    good = bearer("anna")
    wrong = [
        "X: y", good[:-4] + "AAAA", bearer("nobody", exp=1), bearer("x", iss="other"),
        "Authorization: Bearer x", "Authorization: Basic YTpi", "Authorization: Bearer a.b.c",
    ]  # fmt: skip
    told = set()
    for field in wrong[1:]:
        passed = await through(get("/", field), plain={"requires_auth": True})
        fields = [one for one in passed.answers[0].headers if one[0] not in (b"x-request-id", b"date")]
        told.add((passed.status, passed.answers[0].body, tuple(fields)))
    none = await through(get("/", wrong[0]), plain={"requires_auth": True})
    assert none.status == 401
    assert len(told) == 1
