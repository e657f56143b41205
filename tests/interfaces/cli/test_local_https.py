"""A certificate of the machine's own: trusted through its authority, kept, made anew when due."""

import ssl
import threading
import urllib.request
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler

import pytest
from cryptography import x509

from postharvest.interfaces.cli.local_https import local_certificate

NOW = datetime.now(UTC)  # noqa: TID251  (TLS looks at the real clock)
NAMES = ("localhost", "127.0.0.1")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def test_who_installed_the_authority_trusts_the_site_and_nobody_else(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("ripe")
    made = local_certificate(tmp_path / "https", names=NAMES, now=NOW)
    server = HTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path / "site"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.chain, made.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"https://127.0.0.1:{server.server_port}/"
    try:
        trusting = ssl.create_default_context(cafile=made.authority)
        assert urllib.request.urlopen(url, context=trusting).read() == b"ripe"
        with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(url, context=ssl.create_default_context())
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_it_is_kept_while_it_holds_and_its_authority_longer(tmp_path):
    first = local_certificate(tmp_path, names=NAMES, now=NOW)
    chain = first.chain.read_bytes()
    again = local_certificate(tmp_path, names=NAMES, now=NOW + timedelta(days=200))
    assert again.chain.read_bytes() == chain
    moved = local_certificate(tmp_path, names=(*NAMES, "192.168.1.7"), now=NOW)
    assert moved.chain.read_bytes() != chain
    later = local_certificate(tmp_path, names=NAMES, now=NOW + timedelta(days=370))
    assert later.fingerprint == first.fingerprint
    known = x509.load_pem_x509_certificate(later.chain.read_bytes())
    assert known.not_valid_after_utc > NOW + timedelta(days=700)


def test_the_keys_are_for_the_owner_alone(tmp_path):
    made = local_certificate(tmp_path, names=NAMES, now=NOW)
    assert made.key.stat().st_mode & 0o077 == 0
    assert (tmp_path / "authority-key.pem").stat().st_mode & 0o077 == 0
