"""The matrix of tokens that must not be believed (R-16, edge rule A1): every one of them is refused, none is a crash.

Where a statement is about a check behind the signature, the token is signed rightly, so that nothing else refuses it.
"""

from __future__ import annotations

import base64
import itertools
import json
from dataclasses import replace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from permissions.credentials import CredentialError, TokenVerifier
from permissions.spec import IssuerSpec
from permissions.verification_key import from_jwk
from tests.common.tokens import (
    BUILT_IN,
    NOW,
    OTHER_SECRET,
    SECRET,
    claims,
    private_key,
    public_jwk,
    public_pem,
    raw_token,
    segment,
    signed,
    token,
)

IDP = "https://idp"
ROWS = [
    replace(BUILT_IN, audience="api", leeway_seconds=30),
    IssuerSpec(id="rsa", name="rsa", issuer=IDP, algorithms=("RS256",), public_key_pem=public_pem("RSA")),
    IssuerSpec(id="ec", name="ec", issuer="https://ec", algorithms=("ES256",), public_key_pem=public_pem("P-256")),
    IssuerSpec(id="set", name="set", issuer="https://set", algorithms=("RS256", "ES256"), jwks_url="https://set/keys"),
]
GOOD = {"alg": "HS256", "typ": "JWT"}


class Keys:
    """The key set of the last row."""

    held = {"k1": from_jwk(public_jwk("RSA", kid="k1"), ("RS256", "ES256"))}

    def get(self, _issuer_id: str, kid: str) -> Any:
        return self.held.get(kid)


VERIFIER = TokenVerifier(ROWS, keys=Keys())


def believed(text: str) -> bool:
    """Anything but an identity or a refusal is a crash and passes on."""
    try:
        VERIFIER.verify(text, NOW)
    except CredentialError:
        return False
    return True


def payload(**changes: Any) -> dict[str, Any]:
    return claims(**{"aud": "api", **changes})


def hmac_signed(header: Any = GOOD, **changes: Any) -> str:
    return raw_token(header, payload(**changes))


def spellings(word: str) -> list[str]:
    return ["".join(letters) for letters in itertools.product(*((one.lower(), one.upper()) for one in word))]


def algorithm_none() -> list[str]:
    """In every case, without a signature and with one of another algorithm."""
    found = []
    for name in [*spellings("none"), "", "null", "None ", " none", "none\u0000", "HS256 ", "hs256", "Hs256"]:
        start = f"{segment({'alg': name, 'typ': 'JWT'})}.{segment(payload())}"
        found += [f"{start}.", f"{start}.{segment(b'x')}", hmac_signed({"alg": name})]
    return found


def confused_keys() -> list[str]:
    """A public key as a shared secret, in each spelling; one algorithm's signature under another's name."""
    pem = public_pem("RSA")
    texts = [pem, pem.strip(), pem + "\n", json.dumps(public_jwk("RSA")), "", "\n", "null"]
    found = [
        raw_token({"alg": "HS256", "kid": "k1"}, claims(iss=issuer), text)
        for text in texts
        for issuer in (IDP, "https://set")
    ]
    for alg in ("RS384", "RS512", "PS256", "PS384", "PS512"):
        found += [
            jwt.encode(claims(iss=issuer), private_key("RSA"), alg, {"kid": "k1"}) for issuer in (IDP, "https://set")
        ]
    found += [
        jwt.encode(claims(iss="https://ec"), private_key(curve), alg)
        for curve, alg in (("P-384", "ES384"), ("P-521", "ES512"), ("Ed25519", "EdDSA"), ("secp256k1", "ES256K"))
    ]
    found += [signed("RSA-other", "RS256", "k1", iss=issuer) for issuer in (IDP, "https://set")]
    found += [signed("P-256", "ES256", "k1", iss="https://set"), signed("RSA", "RS256", iss="https://ec")]
    found += [token(OTHER_SECRET, aud="api"), token(SECRET, "HS384", aud="api")]
    return found


def keys_brought_along() -> list[str]:
    """By the attacker's own key and any hint at it."""
    own = public_jwk("RSA-other", kid="evil")
    hints: list[dict[str, Any]] = [
        {"jwk": own},
        {"jku": "http://127.0.0.1/keys"},
        {"x5u": "http://127.0.0.1/cert"},
        {"x5c": ["MIIB"]},
        {"x5t": "AAAA"},
        {"x5t#S256": "AAAA"},
        {"jwk": own, "kid": "k1"},
        {"jku": "https://set/keys", "kid": "evil"},
    ]
    return [
        jwt.encode(claims(iss=iss), private_key("RSA-other"), "RS256", hint)
        for hint in hints
        for iss in (IDP, "https://set")
    ]


def strange_kids() -> list[str]:
    kids = [
        "../../dev/null",
        "/dev/null",
        "' OR '1'='1",
        "k1'--",
        "k1\u0000",
        "K1",
        " k1",
        "k1/",
        "%6b1",
        "",
        "|id",
        "x" * 4000,
    ]
    found = [raw_token({"alg": "HS256", "kid": kid}, claims(iss="https://set"), "") for kid in kids]
    return found + [
        raw_token({"alg": "RS256", "kid": kid}, claims(iss="https://set")) for kid in (None, 1, ["k1"], {"k1": 1}, True)
    ]


def strange_headers() -> list[str]:
    extras: list[dict[str, Any]] = [
        {"crit": ["exp"]},
        {"crit": []},
        {"crit": ["b64"], "b64": False},
        {"b64": False},
        {"b64": True},
        {"crit": None},
        {"crit": "exp"},
        {"crit": ["alg"]},
        {"crit": ["unknown"], "unknown": 1},
        {"typ": "at"},
        {"typ": "JWE"},
        {"typ": "dpop+jwt"},
        {"typ": "logout+jwt"},
        {"typ": "secevent+jwt"},
        {"typ": 1},
        {"typ": None},
        {"typ": ["JWT"]},
        {"alg": None},
        {"alg": 256},
        {"alg": ["HS256"]},
        {"alg": {"HS256": 1}},
        {"typ": ""},
    ]
    texts = [
        '{"alg":"HS256","alg":"none"}',
        '{"alg":"none","alg":"HS256"}',
        "[]",
        "null",
        '"HS256"',
        "{}",
        "",
        '{"alg":"HS256"',
        '{"alg":"HS256"} ,',
        "{'alg':'HS256'}",
        '\ufeff{"alg":"HS256"}',
        '{"alg":"HS256","x":NaN}',
        '{"alg":"HS256",}',
    ]
    return [hmac_signed({**GOOD, **extra}) for extra in extras] + [raw_token(text, payload()) for text in texts]


def strange_payloads() -> list[str]:
    whole = json.dumps(payload())
    texts = [
        "[]",
        "null",
        "1",
        '"text"',
        "true",
        "",
        "{",
        whole[:-1] + ',"sub":"boss"}',
        '{"sub":"boss",' + whole[1:],
        whole[:-1] + ',"permissions":["a"],"permissions":["gateway.admin"]}',
        whole + whole,
        whole + " x",
        f"[{whole}]",
        whole.replace("u1", "u1\\u0000"),
        whole.replace('"u1"', "NaN"),
        whole[:-1] + ',"deep":' + "[" * 3000 + "]" * 3000 + "}",
    ]
    binary = [whole.encode("utf-16"), whole.encode().replace(b"u1", b"\xff\xfe"), b"\xef\xbb\xbf" + whole.encode()]
    return [raw_token(GOOD, text) for text in texts] + [raw_token(GOOD, text) for text in binary]


def wrong_claims() -> list[str]:
    """Each just beyond its border; the leeway is 30 s."""
    wrong: list[dict[str, Any]] = [
        {"exp": value}
        for value in (
            int(NOW) - 30,
            int(NOW) - 31,
            0,
            -1,
            None,
            "9999999999",
            "",
            [],
            {},
            True,
            False,
            1e400,
            -1e400,
            NOW - 30.0,
            [int(NOW) + 60],
        )
    ]
    wrong += [{"nbf": value} for value in (int(NOW) + 31, 2**40, "0", "", [], {}, True, NOW + 30.5, 1e400)]
    wrong += [{"iat": value} for value in (int(NOW) + 31, 2**40, "0", [], {}, True, NOW + 30.5)]
    wrong += [
        {"aud": value}
        for value in (
            None,
            "",
            "API",
            "api ",
            "apis",
            "ap",
            [],
            ["other"],
            [["api"]],
            {"api": 1},
            1,
            True,
            ["API"],
            [None],
        )
    ]
    wrong += [
        {"iss": value}
        for value in ("", "API-GATEWAY", "api-gateway ", "api-gateway/", ["api-gateway"], {"a": 1}, 1, True, "evil")
    ]
    wrong += [
        {"sub": value}
        for value in ("", 1.5, [], {}, True, ["u1"], "a\nb", "a\r\nX-User-Id: boss", "a\x00", " u1", "u1 ", "\u202eu1")
    ]
    wrong += [
        {"permissions": value}
        for value in ("gateway.admin", {"a": 1}, 1, [1], [None], [["a"]], ["a,b"], ["a\nb"], True)
    ]
    wrong += [{"roles": value} for value in ({"a": 1}, 1, [1], [["a"]], ["a\nb"], True)]
    wrong += [{"jti": value} for value in (1, [], {}, True)]
    wrong += [{"token_type": "refresh"}, {"token_type": 1}]
    return [
        raw_token(GOOD, {name: value for name, value in payload(**change).items() if value is not None})
        for change in wrong
    ]


def broken_text() -> list[str]:
    good = hmac_signed()
    head, body, tail = good.split(".")
    raw = base64.urlsafe_b64decode(tail + "=")
    cut = [f"{head}.{body}.{segment(raw[:length])}" for length in (0, 1, 8, 16, 31)]
    more = [f"{head}.{body}.{segment(raw + extra)}" for extra in (b"\0", raw, b"=")]
    flipped = [f"{head}.{body}.{segment(bytes([raw[0] ^ bit, *raw[1:]]))}" for bit in (1, 128)]
    other = [
        f"{good}=",
        f"{good}==",
        f"{good}.",
        f".{good}",
        f"{good}.x",
        f"{head}.{body}",
        f"{head}..{tail}",
        f".{body}.{tail}",
        f"{head}.{body}.",
        "",
        ".",
        "..",
        "...",
        f" {good}",
        f"{good} ",
        f"{good}\n",
        good.replace(".", ".."),
        good + "\u0430",
        f"{head}\n.{body}.{tail}",
        f"{head}=.{body}.{tail}",
        f"{head}.{body}=.{tail}",
        f"{good[:-1]}!",
        f"{head}.{body}.{tail}.{tail}",
        f"{body}.{head}.{tail}",
        "x" * 8193,
        f"{head}.{body}.{tail + 'A' * 8192}",
        good.swapcase(),
        f"{head}.{segment(payload(sub='boss'))}.{tail}",
    ]
    return cut + more + flipped + other


def broken_signatures() -> list[str]:
    """Of ECDSA: DER in place of r and s, zero, the curve's order, halves; of RSA: cut, longer, zero."""
    found = []
    for kind, alg, issuer, values in (("P-256", "ES256", "https://ec", 32), ("RSA", "RS256", IDP, 256)):
        head, body, tail = signed(kind, alg, iss=issuer).split(".")
        raw = base64.urlsafe_b64decode(tail + "==")
        variants = [
            b"",
            b"\0",
            b"\0" * len(raw),
            b"\xff" * len(raw),
            raw[:-1],
            raw + b"\0",
            b"\0" + raw,
            raw[::-1],
            raw[: values // 2],
        ]
        if kind == "P-256":
            der = private_key(kind).sign(f"{head}.{body}".encode(), _ecdsa())
            r, s = decode_dss_signature(der)
            order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
            pairs = [
                (0, s),
                (r, 0),
                (0, 0),
                (order, s),
                (r, order),
                (r, (s + 1) % order),
                (s, r),
                (1, 1),
                (r, 2**256 - 1),
            ]
            variants += [der, *(one.to_bytes(32) + two.to_bytes(32) for one, two in pairs)]
        found += [f"{head}.{body}.{segment(one)}" for one in variants]
    return found


def _ecdsa() -> Any:
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    return ECDSA(SHA256())


MATRIX = [
    algorithm_none,
    confused_keys,
    keys_brought_along,
    strange_kids,
    strange_headers,
    strange_payloads,
    wrong_claims,
    broken_text,
    broken_signatures,
]


def test_r16_good_tokens_of_every_row_are_believed() -> None:
    """So that what is refused below is refused for what is wrong with it."""
    assert believed(hmac_signed())
    assert believed(hmac_signed(exp=int(NOW) - 29, nbf=int(NOW) + 30, iat=int(NOW) + 30, aud=["x", "api"]))
    assert believed(signed("RSA", "RS256", iss=IDP))
    assert believed(signed("P-256", "ES256", iss="https://ec"))
    assert believed(signed("RSA", "RS256", "k1", iss="https://set"))


@pytest.mark.parametrize("family", MATRIX, ids=lambda family: family.__name__)
def test_r16_a1_no_bad_token_is_believed(family: Any) -> None:
    assert [text[:300] for text in family() if believed(text)] == []


def test_r16_the_matrix_is_large_enough() -> None:
    texts = [text for family in MATRIX for text in family()]
    assert len(set(texts)) >= 300
