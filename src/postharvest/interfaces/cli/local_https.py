"""A certificate of this machine's own, so that phones on the office's net reach the village app.

A service worker and the camera need a secure origin.  The first run makes an authority (kept ten
years) that a phone installs once; its certificate for this machine's names is made anew when it
ends or when the addresses have changed.
"""

import ipaddress
import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3650
DAYS = 390
RENEW_BEFORE = timedelta(days=30)
_NOWHERE = ("10.255.255.255", 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Where certificate, key and authority lie, for which names, and the authority's print."""

    chain: Path
    key: Path
    authority: Path
    names: tuple[str, ...]
    fingerprint: str


def lan_address() -> str:
    """Return the address that others on this net reach this machine by; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_NOWHERE)
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def local_certificate(folder: Path, *, names: tuple[str, ...], now: datetime) -> Certificate:
    """Return a certificate for these names, the kept one while it holds."""
    folder.mkdir(parents=True, exist_ok=True)
    authority, authority_key = _authority(folder, now=now)
    chain, key = folder / "site.pem", folder / "site-key.pem"
    if not _holds(chain, key, names=names, authority=authority, now=now):
        _make(chain, key, names=names, authority=authority, signer=authority_key, now=now)
    return Certificate(
        chain=chain,
        key=key,
        authority=folder / "authority.pem",
        names=names,
        fingerprint=authority.fingerprint(hashes.SHA256()).hex(":").upper(),
    )


def _authority(
    folder: Path, *, now: datetime
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    file, key_file = folder / "authority.pem", folder / "authority-key.pem"
    if file.exists() and key_file.exists():
        known = x509.load_pem_x509_certificate(file.read_bytes())
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        if isinstance(key, ec.EllipticCurvePrivateKey) and known.not_valid_after_utc > now:
            return known, key
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"PostHarvest on {socket.gethostname()}"[:64])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_usage(signs=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write_secret(key_file, key)
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return made, key


def _make(
    chain: Path,
    key_file: Path,
    *,
    names: tuple[str, ...],
    authority: x509.Certificate,
    signer: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(names[0]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([_san(name) for name in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
            critical=False,
        )
        .add_extension(_usage(signs=False), critical=True)
        .sign(signer, hashes.SHA256())
    )
    _write_secret(key_file, key)
    pem = serialization.Encoding.PEM
    chain.write_bytes(made.public_bytes(pem) + authority.public_bytes(pem))


def _holds(
    chain: Path, key: Path, *, names: tuple[str, ...], authority: x509.Certificate, now: datetime
) -> bool:
    if not (chain.exists() and key.exists()):
        return False
    known = x509.load_pem_x509_certificate(chain.read_bytes())
    covered = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return (
        list(covered) == [_san(name) for name in names]
        and known.issuer == authority.subject
        and known.not_valid_after_utc - now > RENEW_BEFORE
    )


def _san(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, key_cert_sign=signs, crl_sign=signs, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _write_secret(file: Path, key: ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(pem)


def now_utc() -> datetime:
    """Read the clock, for the command."""
    return datetime.now(UTC)  # noqa: TID251
