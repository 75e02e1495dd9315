"""GET, POST, PUT and DELETE /admin/issuers, and a look at their keys (G-007)."""

from __future__ import annotations

import hashlib
import time
from typing import Any

import jwt
import pytest

from permissions.api.issuer_serializers import IssuerSerializer
from permissions.models import RevokedToken, TokenIssuer
from tests.common.key_server import key_server
from tests.common.tokens import OTHER_SECRET, SECRET, private_key, public_jwk, public_pem
from tests.conftest import Caller, caller

pytestmark = pytest.mark.django_db

PATH = "/admin/issuers"
ANY = "/admin/routes"
BODY = {"name": "idp", "issuer": "https://idp", "algorithms": ["HS256"], "secret": SECRET}
FIELDS = [
    "id", "name", "issuer", "algorithms", "key_kind", "public_key_pem", "jwks_url", "fingerprint", "audience",
    "leeway_seconds", "may_name_teams", "is_active", "expires_at", "created_at", "updated_at",
]  # fmt: skip


def made(admin: Caller, **changes: Any) -> str:
    status, reply = admin.call("POST", PATH, {**BODY, **changes})
    assert status == 200, reply
    assert list(reply["content"]) == ["issuer_id", "name", "issuer", "key_kind", "fingerprint", "created_at"]
    identity: str = reply["content"]["issuer_id"]
    return f"{PATH}/{identity}"


def token(key: Any = SECRET, algorithm: str = "HS256", kid: str | None = None, ttl: int = 600) -> str:
    claims = {"iss": "https://idp", "sub": "u1", "exp": int(time.time()) + ttl, "jti": "j1"}
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid} if kid else None)


def is_accepted(text: str) -> bool:
    return caller(text).call("GET", ANY)[0] == 200


def test_g007_a_secret_goes_in_and_never_comes_out(admin: Caller) -> None:
    path = made(admin)
    status, reply = admin.call("GET", path)
    assert (status, list(reply["content"])) == (200, FIELDS)
    assert reply["content"]["key_kind"] == "secret"
    assert reply["content"]["fingerprint"] == hashlib.sha256(SECRET.encode()).hexdigest()[:16]
    replies = [reply, admin.call("GET", PATH)[1], admin.call("PUT", path, {"secret": OTHER_SECRET})[1]]
    replies.append(admin.call("POST", f"{path}/test")[1])
    assert not any(secret in str(shown) for shown in replies for secret in (SECRET, OTHER_SECRET))


def test_g007_a_token_of_a_new_issuer_counts_from_the_next_request_on(admin: Caller) -> None:
    assert not is_accepted(token())
    path = made(admin)
    assert is_accepted(token())
    admin.call("PUT", path, {"is_active": False})
    assert not is_accepted(token())
    admin.call("PUT", path, {"is_active": True, "audience": "gateway"})
    assert not is_accepted(token())
    assert admin.call("DELETE", path)[0] == 200
    assert admin.call("GET", path)[1]["code"] == "F40400"


def test_g007_a_key_that_is_replaced_is_refused_at_once_and_the_change_is_seen(admin: Caller) -> None:
    path = made(admin)
    etag = admin.get(path)["ETag"]
    status, reply = admin.call("PUT", path, {"secret": OTHER_SECRET}, **{"If-Match": etag})
    assert (status, reply["content"]["updated_fields"]) == (200, ["secret"])
    assert (is_accepted(token()), is_accepted(token(OTHER_SECRET))) == (False, True)
    assert admin.call("PUT", path, {"leeway_seconds": 1}, **{"If-Match": etag})[0] == 412


def test_g007_a_key_of_another_kind_takes_the_place_of_the_old_one(admin: Caller) -> None:
    path = made(admin)
    body = {"public_key_pem": public_pem("RSA"), "algorithms": ["RS256"]}
    assert admin.call("PUT", path, body)[1]["content"]["updated_fields"] == ["algorithms", "public_key_pem"]
    _status, reply = admin.call("GET", path)
    assert (reply["content"]["key_kind"], len(reply["content"]["fingerprint"])) == ("public_key", 64)
    assert is_accepted(token(private_key("RSA"), "RS256"))
    admin.call("PUT", path, {"jwks_url": "https://idp.example/keys"})
    _status, reply = admin.call("GET", path)
    shown = {name: reply["content"][name] for name in ("key_kind", "public_key_pem", "fingerprint")}
    assert shown == {"key_kind": "jwks", "public_key_pem": "", "fingerprint": ""}
    assert TokenIssuer.objects.get().secret == ""


def test_g007_two_rows_of_one_issuer_let_a_key_go_at_a_set_time(admin: Caller) -> None:
    old = made(admin)
    made(admin, name="idp-2", secret=OTHER_SECRET)
    admin.call("PUT", old, {"expires_at": "2999-01-01 00:00:00"})
    assert (is_accepted(token()), is_accepted(token(OTHER_SECRET))) == (True, True)
    admin.call("PUT", old, {"expires_at": "2020-01-01 00:00:00"})
    assert (is_accepted(token()), is_accepted(token(OTHER_SECRET))) == (False, True)


def test_g009_a_revocation_lasts_as_long_as_its_token_although_its_issuer_ends_before(admin: Caller) -> None:
    made(admin, expires_at="2999-01-01 00:00:00")
    text = token(ttl=86_400)
    TokenIssuer.objects.update(expires_at="2100-01-01T00:00:00Z")
    assert admin.call("POST", "/admin/auth/revoke", {"token": text})[0] == 200
    assert RevokedToken.objects.get().expires_at.timestamp() == jwt.decode(text, SECRET, ["HS256"])["exp"]


@pytest.mark.alike
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"), ({"name": None}, "name"), ({"issuer": " a"}, "issuer"),
        ({"algorithms": "HS256"}, "algorithms"), ({"algorithms": []}, "algorithms"),
        ({"algorithms": [1]}, "algorithms.0"), ({"algorithms": ["none"]}, "algorithms"),
        ({"secret": "short"}, "secret"), ({"secret": 5}, "secret"), ({"secret": ""}, "secret"),
        ({"public_key_pem": "x"}, "secret"), ({"jwks_url": "file:///etc/passwd", "secret": ""}, "jwks_url"),
        ({"jwks_url": "https://u:p@idp/keys", "secret": "", "algorithms": ["RS256"]}, "jwks_url"),
        ({"leeway_seconds": 31}, "leeway_seconds"), ({"leeway_seconds": "1"}, "leeway_seconds"),
        ({"expires_at": "soon"}, "expires_at"), ({"fingerprint": "x"}, "fingerprint"), ({"nonsense": 1}, "nonsense"),
    ],
)  # fmt: skip
def test_g007_a_bad_issuer_is_refused_by_the_name_of_the_field(admin: Caller, changes: Any, field: str) -> None:
    status, reply = admin.call("POST", PATH, {**BODY, **changes})
    assert (status, reply["code"]) == (400, "F40000")
    assert field in reply["content"]["errors"], reply
    assert TokenIssuer.objects.count() == 0


def test_g007_algorithms_that_do_not_fit_the_stored_key_are_refused(admin: Caller) -> None:
    status, reply = admin.call("PUT", made(admin), {"algorithms": ["RS256"]})
    assert (status, list(reply["content"]["errors"])) == (400, ["secret"])


def test_g007_a_name_that_is_taken_is_a_conflict(admin: Caller) -> None:
    path = made(admin)
    status, reply = admin.call("POST", PATH, BODY)
    assert (status, reply["code"], reply["content"]["conflicts_with"]) == (409, "F40900", [path.rpartition("/")[2]])


def test_g007_issuers_are_listed_searched_and_filtered(admin: Caller) -> None:
    made(admin)
    made(admin, name="other", issuer="https://other", audience="shop", is_active=False)
    for query, names in {
        "": ["idp", "other"], "search=SHOP": ["other"], "issuer=https://idp": ["idp"], "is_active=false": ["other"],
    }.items():  # fmt: skip
        _status, reply = admin.call("GET", f"{PATH}?{query}")
        assert [row["name"] for row in reply["content"]["issuers"]] == names
    assert list(admin.call("GET", f"{PATH}?sort=id")[1]["content"]["errors"]) == ["sort"]


def test_g007_a_look_at_an_address_tells_which_keys_are_good_for_what(admin: Caller) -> None:
    with key_server() as server:
        server.answer = {"keys": [public_jwk("RSA", kid="k1"), {"kty": "oct", "k": "AAAA"}, 5]}
        path = made(admin, secret="", jwks_url=server.url, algorithms=["RS256"])
        status, reply = admin.call("POST", f"{path}/test")
        content = reply["content"]
        assert (status, content["key_kind"], content["usable"], content["problem"]) == (200, "jwks", True, "")
        assert content["keys"] == [
            {"kid": "k1", "kty": "RSA", "algorithms": ["RS256"], "problem": ""},
            {"kid": "", "kty": "oct", "algorithms": [], "problem": "not a public RSA, EC or OKP key"},
            {"kid": "", "kty": "", "algorithms": [], "problem": "not an object with an id that is text"},
        ]
        server.answer = b"<html>a secret page</html>"
        _status, reply = admin.call("POST", f"{path}/test")
        shown = {name: reply["content"][name] for name in ("usable", "problem", "keys")}
        assert shown == {"usable": False, "problem": "not strict JSON", "keys": []}
        server.status = 302
        assert "status 302" in admin.call("POST", f"{path}/test")[1]["content"]["problem"]
    _status, reply = admin.call("POST", f"{path}/test")
    assert (reply["content"]["usable"], reply["content"]["problem"] != "") == (False, True)


def test_g007_a_look_at_a_key_of_the_row_itself(admin: Caller) -> None:
    path = made(admin)
    _status, reply = admin.call("POST", f"{path}/test")
    assert reply["content"]["keys"] == [{"kid": "", "kty": "oct", "algorithms": ["HS256"], "problem": ""}]
    TokenIssuer.objects.update(algorithms=["RS256"])
    _status, reply = admin.call("POST", f"{path}/test")
    assert (reply["content"]["usable"], reply["content"]["keys"]) == (False, [])
    assert "shared secret" in reply["content"]["problem"]
    assert admin.call("POST", f"{PATH}/999/test")[1]["code"] == "F40400"


def test_g010_a_look_is_for_administrators(admin: Caller, member: Caller) -> None:
    assert member.call("POST", f"{made(admin)}/test")[1]["code"] == "F40003"


def test_g007_the_serializer_works_without_a_request() -> None:
    serializer = IssuerSerializer(data=BODY)
    assert serializer.is_valid()
    assert serializer.save().key_kind == "secret"
