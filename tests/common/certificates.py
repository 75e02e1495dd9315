"""A certificate authority for tests, and servers it vouches for."""

from __future__ import annotations

import datetime
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PEM = serialization.Encoding.PEM


@dataclass
class Authority:
    """A certificate authority of the tests."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> str:
        """What a service trusts."""
        return self.certificate.public_bytes(PEM).decode()


def signed(name: str, key: ec.EllipticCurvePrivateKey, by: Authority | None, *alternatives: x509.GeneralName):
    """A certificate for `name`; without an authority it is one itself."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).issuer_name(by.certificate.subject if by else subject)
    builder = builder.not_valid_before(now - datetime.timedelta(hours=1))
    builder = builder.not_valid_after(now + datetime.timedelta(hours=1))
    builder = builder.add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return builder.sign(by.key if by else key, hashes.SHA256())


def an_authority() -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    return Authority(key, signed("the authority", key, None))


def server_context(authority: Authority, folder: Path, *alternatives: x509.GeneralName) -> ssl.SSLContext:
    """A server whose certificate holds for `alternatives`."""
    key = ec.generate_private_key(ec.SECP256R1())
    chain = folder / "server.pem"
    private = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain.write_bytes(private + signed("server", key, authority, *alternatives).public_bytes(PEM))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain)
    return context
