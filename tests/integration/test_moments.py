"""Moments that no database can keep, or that only look like one: refused by name, never a 500 (G-014)."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db

IMPOSSIBLE = ["0001-01-01T00:00:00%2B23:59", "9999-12-31T23:59:59-23:59", "2026-13-01 00:00:00", "%D9%A2026-01-01", "1"]


@pytest.mark.alike
@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize("path", ["/admin/revisions", "/admin/audit"])
@pytest.mark.parametrize("text", IMPOSSIBLE)
def test_g014_a_moment_that_cannot_be_is_refused_by_the_name_of_its_parameter(admin, path, name, text):
    status, reply = admin.call("GET", f"{path}?{name}={text}")
    assert (status, reply["code"], list(reply["content"]["errors"])) == (400, "F40000", [name])


@pytest.mark.parametrize("path", ["/admin/revisions", "/admin/audit"])
def test_g500_a_moment_may_have_an_offset(admin, path):
    for text in ("2026-01-01 00:00:00", "2026-01-01T00:00:00Z", "2026-01-01T08:00:00%2B08:00"):
        assert admin.call("GET", f"{path}?since={text}")[0] == 200


def test_g014_digits_of_another_script_are_no_moment(admin):
    body = {"reason": "x", "changes": [{"action": "create", "kind": "role", "data": {"name": "x"}}]}
    status, reply = admin.call(
        "POST", "/admin/changesets", {**body, "publish_at": "\u0662\u0660\u0663\u0660-01-01 00:00:00"}
    )
    assert (status, list(reply["content"]["errors"])) == (400, ["publish_at"])
