"""Signatures that only look like one (R-16, edge rule A1), made systematically from valid ones.

The kinds are those of the published vectors of JSON Web Signature and RSASSA-PKCS1-v1_5 verification: paddings that a
lenient reader takes (RFC 8017 section 8.2.2 compares the whole encoding), hashes named wrongly, every byte of a valid
signature changed, texts of a JWS that lack a part or have one too many.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import itertools
from collections.abc import Iterator

import pytest

from permissions.credentials import CredentialError, TokenVerifier
from permissions.spec import IssuerSpec
from tests.common.tokens import BUILT_IN, NOW, private_key, public_pem, segment, signed, token

RSA, EC = "https://rsa", "https://ec"
VERIFIER = TokenVerifier(
    [
        BUILT_IN,
        IssuerSpec(id="rsa", name="rsa", issuer=RSA, algorithms=("RS256",), public_key_pem=public_pem("RSA")),
        IssuerSpec(id="ec", name="ec", issuer=EC, algorithms=("ES256",), public_key_pem=public_pem("P-256")),
    ]
)
BYTES = 256
"""Of an RSA signature."""
SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
"""The DER prefix of RFC 8017 section 9.2, note 1."""
OTHER_HASHES = {
    "sha1": "3021300906052b0e03021a05000414",
    "sha224": "302d300d06096086480165030402040500041c",
    "sha384": "3041300d060960864801650304020205000430",
    "sha512": "3051300d060960864801650304020305000440",
    "md5": "3020300c06082a864886f70d020505000410",
}
MOST_CASES, LEAST_CASES = 2000, 355


def believed(text: str) -> bool:
    """Anything but an identity or a refusal is a crash and passes on."""
    try:
        VERIFIER.verify(text, NOW)
    except CredentialError:
        return False
    return True


@functools.cache
def valid() -> tuple[str, str, str]:
    """Made once, since each signature of ECDSA is another."""
    return token(), signed("RSA", "RS256", iss=RSA), signed("P-256", "ES256", iss=EC)


def raw_signature(encoded: bytes) -> bytes:
    """The RSA signature whose encoding is exactly this."""
    numbers, value = private_key("RSA").private_numbers(), int.from_bytes(encoded)
    by_p, by_q = pow(value, numbers.dmp1, numbers.p), pow(value, numbers.dmq1, numbers.q)
    return (by_q + numbers.q * (numbers.iqmp * (by_p - by_q) % numbers.p)).to_bytes(BYTES)


def padded(info: bytes, first: bytes = b"\0\1", fill: bytes = b"\xff", last: bytes = b"\0") -> bytes:
    """An encoding of the right length around `info`."""
    length = BYTES - len(first) - len(last) - len(info)
    return (first + (fill * length)[:length] + last + info)[:BYTES].rjust(BYTES, b"\0")


def strange_paddings(message: bytes) -> Iterator[bytes]:
    """Encodings that differ from the only right one in every part of it."""
    digest = hashlib.sha256(message).digest()
    right = padded(SHA256 + digest)
    for place in [*range(0, BYTES - 52, 16), *range(BYTES - 52, BYTES)]:
        yield right[:place] + bytes([right[place] ^ 1]) + right[place + 1 :]
    firsts, fills, lasts = (b"\0\1", b"\0\2", b"\0\0", b"\0"), (b"\xff", b"\0", b"\1"), (b"\0", b"")
    for first, fill, last in itertools.product(firsts, fills, lasts):
        if (first, fill, last) != (b"\0\1", b"\xff", b"\0"):
            yield padded(SHA256 + digest, first, fill, last)
    for behind in (1, 8, 64, 194):  # short padding and what follows the hash: forged without a key where e is 3
        yield padded(SHA256 + digest + bytes(behind))
        yield padded(SHA256 + digest + b"\xff" * behind)
    yield padded(SHA256[:4].replace(b"\x31", b"\x2f") + SHA256[4:13] + SHA256[15:] + digest)  # without its NULL
    yield padded(SHA256[:1] + b"\x81" + SHA256[1:] + digest)  # a length in its long form (BER)
    yield padded(SHA256[:1] + b"\x80" + SHA256[2:] + digest + b"\0\0")  # an indefinite one
    yield padded(digest)
    yield padded(b"")
    yield padded(SHA256 + digest[:-1])
    yield padded(SHA256 + hashlib.sha256(digest).digest())
    for name, prefix in OTHER_HASHES.items():
        other = hashlib.new(name, message).digest()
        yield padded(bytes.fromhex(prefix) + other)
        yield padded(SHA256 + other)


@functools.cache
def broken_paddings() -> list[str]:
    start = valid()[1].rpartition(".")[0]
    return [f"{start}.{segment(raw_signature(one))}" for one in strange_paddings(start.encode())]


@functools.cache
def changed_bytes() -> list[str]:
    """One byte of each valid signature after another, and each length but the right one."""
    found = []
    for good in valid():
        start, _, tail = good.rpartition(".")
        raw = base64.urlsafe_b64decode(tail + "==")
        found += [f"{start}.{segment(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])}" for at in range(len(raw))]
        found += [f"{start}.{segment(raw[:length])}" for length in range(0, len(raw), 3)]
        found += [f"{start}.{segment(raw + bytes(more))}" for more in (1, 2, len(raw))]
    return found


def missing_and_added_parts() -> list[str]:
    """Header, payload and signature of valid tokens and an empty one, in every selection but the whole."""
    found = set[str]()
    for good in valid():
        parts = ["", *good.split(".")]
        for count in range(6):
            found |= {".".join(chosen) for chosen in itertools.product(parts, repeat=count)} if count < 4 else set()
            found |= {".".join((*good.split("."), *[part] * (count - 2))) for part in parts} if count > 2 else set()
        header, payload, signature = good.split(".")
        found.add(f'{{"payload":"{payload}","protected":"{header}","signature":"{signature}"}}')
        found.add(f'{{"payload":"{payload}","signatures":[{{"protected":"{header}","signature":"{signature}"}}]}}')
    return sorted(found - set(valid()))


FAMILIES = [broken_paddings, changed_bytes, missing_and_added_parts]


def test_r16_the_encodings_are_signed_so_that_a_right_one_is_believed() -> None:
    start = valid()[1].rpartition(".")[0]
    right = padded(SHA256 + hashlib.sha256(start.encode()).digest())
    assert believed(f"{start}.{segment(raw_signature(right))}")
    assert all(believed(good) for good in valid())


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_r16_a1_no_signature_that_only_looks_like_one_is_believed(family: object) -> None:
    assert callable(family)
    assert [text[-300:] for text in family() if believed(text)] == []


def test_r16_there_are_as_many_as_in_the_published_vectors() -> None:
    texts = {text for family in FAMILIES for text in family()}
    assert LEAST_CASES <= len(texts) <= MOST_CASES
