"""What is told of keys: fingerprints, and what each is good for."""

from __future__ import annotations

import hashlib
import json
import subprocess

import pytest

from permissions.key_fingerprint import public_key_fingerprint, secret_fingerprint
from permissions.key_report import KeyReport, KeysReport, report_of_row
from permissions.spec import IssuerSpec
from proxy.key_set import KeySetError, report_of_key_set
from tests.common.tokens import BUILT_IN, SECRET, public_jwk, public_pem

PEM_ROW = IssuerSpec(id="1", name="pem", issuer="", algorithms=("RS256", "PS256"), public_key_pem=public_pem("RSA"))


def test_a_fingerprint_is_what_common_tools_calculate() -> None:
    told = subprocess.run(["sha256sum"], input=SECRET.encode(), capture_output=True, check=True).stdout.decode()
    assert secret_fingerprint(SECRET) == told[:16]
    der = ["openssl", "pkey", "-pubin", "-outform", "DER"]
    key = subprocess.run(der, input=public_pem("RSA").encode(), capture_output=True, check=True).stdout
    assert public_key_fingerprint(public_pem("RSA")) == hashlib.sha256(key).hexdigest()


@pytest.mark.parametrize("text", ["", "nonsense", "ü"])
def test_what_is_no_public_key_has_no_fingerprint(text: str) -> None:
    assert public_key_fingerprint(text) == ""


def test_the_key_of_a_row_is_told_by_what_it_is_good_for() -> None:
    assert report_of_row(BUILT_IN).keys == (KeyReport(kty="oct", algorithms=("HS256",)),)
    assert report_of_row(PEM_ROW).keys == (KeyReport(kty="public", algorithms=("RS256", "PS256")),)
    unusable = report_of_row(IssuerSpec(id="1", name="x", issuer="", algorithms=("HS256",), secret="short"))
    assert unusable == KeysReport(problem="the secret is shorter than 32 bytes")


def test_each_key_of_a_set_is_told_with_its_algorithms_or_the_reason() -> None:
    document = {"keys": [public_jwk("RSA", kid="a"), public_jwk("P-256", kid="b" * 300), {"kid": 5}, {"kty": 7}]}
    report = report_of_key_set(json.dumps(document).encode(), ["RS256"])
    assert [(key.kid, key.algorithms) for key in report.keys] == [
        ("a", ("RS256",)),
        ("b" * 200, ()),
        ("", ()),
        ("", ()),
    ]
    assert all(key.algorithms or key.problem for key in report.keys)
    with pytest.raises(KeySetError):
        report_of_key_set(b"[]", ["RS256"])
