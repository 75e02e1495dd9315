"""GET and DELETE /admin/auth/revocations (G-009)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from permissions.models import RevokedToken
from tests.common.access_tokens import access
from tests.conftest import Caller, caller

pytestmark = pytest.mark.django_db

PATH = "/admin/auth/revocations"
REVOKE = "/admin/auth/revoke"
FIELDS = ["id", "jti", "expires_at", "revoked_at", "revoked_by", "reason"]


def test_g009_a_revocation_is_listed_with_who_and_why_and_let_go(admin: Caller) -> None:
    token = access(jti="j1")
    assert admin.call("POST", REVOKE, {"token": token}, **{"X-Change-Reason": "a lost laptop"})[0] == 200
    assert caller(token).call("GET", "/admin/routes")[1]["code"] == "F40001"
    _status, reply = admin.call("GET", PATH)
    (row,) = reply["content"]["revocations"]
    assert (reply["content"]["total"], list(row)) == (1, FIELDS)
    assert (row["jti"], row["revoked_by"], row["reason"]) == ("j1", "root", "a lost laptop")
    path = f"{PATH}/{row['id']}"
    assert admin.call("GET", path)[1]["content"] == row
    status, reply = admin.call("DELETE", path)
    assert (status, list(reply["content"])) == (200, ["revocation_id", "deleted_at"])
    assert caller(token).call("GET", "/admin/routes")[0] == 200
    assert admin.call("DELETE", path)[1]["code"] == "F40400"


def test_g009_revocations_are_filtered_the_newest_first(admin: Caller) -> None:
    for number, (by, hours) in enumerate({"root": 1, "ops": -1}.items()):
        end = timezone.now() + timedelta(hours=hours)
        RevokedToken.objects.create(jti=f"j{number}", expires_at=end, revoked_by=by, reason="Leak")
    for query, found in {
        "": ["j1", "j0"], "jti=j0": ["j0"], "revoked_by=ops": ["j1"], "expired=true": ["j1"], "expired=false": ["j0"],
        "search=leak&size=1": ["j1"], "search=none": [],
    }.items():  # fmt: skip
        assert [row["jti"] for row in admin.call("GET", f"{PATH}?{query}")[1]["content"]["revocations"]] == found
    assert list(admin.call("GET", f"{PATH}?expired=maybe")[1]["content"]["errors"]) == ["expired"]


def test_g010_revocations_are_for_administrators_and_made_elsewhere(admin: Caller, member: Caller) -> None:
    assert member.call("GET", PATH)[1]["code"] == "F40003"
    assert member.call("DELETE", f"{PATH}/1")[1]["code"] == "F40003"
    assert admin.call("POST", PATH, {"jti": "j1"})[1]["code"] == "F40500"
    assert admin.call("PUT", f"{PATH}/1", {"jti": "j1"})[1]["code"] == "F40500"
