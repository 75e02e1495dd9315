"""`manage.py issue_token` (G-017)."""

from __future__ import annotations

import io
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from tests.conftest import caller

pytestmark = pytest.mark.django_db


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, settings.GATEWAY_JWT_SECRET, ["HS256"], issuer=settings.GATEWAY_JWT_ISSUER)


def issued(*arguments: str) -> str:
    out = io.StringIO()
    call_command("issue_token", *arguments, stdout=out)
    return out.getvalue()


def test_g017_issue_token_prints_a_bare_token():
    text = issued("--subject", "u1", "--permission", "user.read", "--permission", "b", "--role", "r", "--ttl", "60")
    assert text.endswith("\n")
    token = text.strip()
    found = claims(token)
    assert (found["sub"], found["permissions"], found["roles"]) == ("u1", ["user.read", "b"], ["r"])
    assert found["exp"] - found["iat"] == 60
    assert caller(token).call("GET", "/admin/routes")[0] == 200
    assert caller(issued("--subject", "u1", "--role", "admin").strip()).call("GET", "/admin/permissions")[0] == 200


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--subject", ""),
        ("--subject", "a\nb"),
        ("--subject", "u1", "--ttl", "0"),
        ("--subject", "u1", "--ttl", "-5"),
        ("--subject", "u1", "--ttl", "x"),
        ("--subject", "u1", "--ttl", "9" * 20),
        ("--subject", "u1", "--permission", "a,b"),
        ("--subject", "u1", "--role", ""),
    ],
)
def test_issue_token_refuses_what_no_token_may_carry(arguments):
    with pytest.raises(CommandError):
        issued(*arguments)
