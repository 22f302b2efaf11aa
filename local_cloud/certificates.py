"""A throw-away certificate authority: every connection of the local cloud is real TLS."""

import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A server's chain and private key, in files only we can read."""

    chain: Path
    key: Path


class Authority:
    """Signs the certificates of one run; its key exists in memory only, its trust ends with the run."""

    def __init__(self, directory: Path) -> None:
        """`directory` is private to us (mode 0700) and is removed with the run."""
        self._directory = directory
        self._authority = trustme.CA(
            organization_name="soulpicks local cloud", key_type=trustme.KeyType.ECDSA
        )
        self.bundle = directory / "authority.pem"
        self._authority.cert_pem.write_to_path(self.bundle)

    def issue(self, name: str, hosts: Iterable[str] = ()) -> Certificate:
        """Make a certificate for loopback and for `hosts`, kept in files called `name`."""
        issued = self._authority.issue_cert("127.0.0.1", "localhost", *hosts, key_type=trustme.KeyType.ECDSA)
        chain, key = self._directory / f"{name}.chain.pem", self._directory / f"{name}.key.pem"
        key.touch(mode=0o600)
        issued.private_key_pem.write_to_path(key)
        chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        return Certificate(chain=chain, key=key)


def server_context(certificate: Certificate) -> ssl.SSLContext:
    """Speak TLS 1.2 or newer and nothing older, as every endpoint of the templates does (ENC-1, ENC-2)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate.chain, certificate.key)
    return context
