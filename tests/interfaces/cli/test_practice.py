"""Practice has the same screens and play money, and can't reach the books."""

import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request

import pytest

from postharvest.interfaces.cli.main import main

COMMAND = [sys.executable, "-m", "postharvest.interfaces.cli.main"]
PATIENCE_S = 240
RIBBON = "PRACTICE 练习"


def test_practice_and_demo_do_not_go_together(capsys):
    assert main(["serve", "--practice", "--demo"]) == 2
    assert "--practice" in capsys.readouterr().err


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home whose books are bytes that nothing may open, change or stand beside."""
    home = tmp_path_factory.mktemp("home")
    (home / "postharvest.sqlite3").write_bytes(b"these are the books, and no database")
    (home / "secret-key").write_text("the books' own key")
    return home


@pytest.fixture(scope="module")
def site(home):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "POSTHARVEST_HOME": str(home),
        "POSTHARVEST_DATABASE_URL": "postgresql://books@127.0.0.1:1/books",
    }
    environment.pop("POSTHARVEST_DEMO", None)
    command = [*COMMAND, "serve", "--practice", "--port", str(port)]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(PATIENCE_S * 5):
            if process.poll() is not None:
                pytest.fail(f"the server left with {process.returncode}")
            try:
                urllib.request.urlopen(url + "/readyz", timeout=5).close()
                break
            except OSError:
                time.sleep(0.2)
        yield Browser(url)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


class Browser:
    """Reads pages and sends their forms, keeping cookies."""

    def __init__(self, url):
        self.url = url
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def get(self, path):
        with self.opener.open(self.url + path, timeout=60) as answer:
            return answer.read().decode()

    def post(self, path, page, **fields):
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page).group(1)
        body = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token}).encode()
        request = urllib.request.Request(
            self.url + path, data=body, headers={"Referer": self.url + path}
        )
        with self.opener.open(request, timeout=60) as answer:
            return answer.read().decode()


@pytest.mark.slow
def test_every_page_says_practice_and_the_books_stay_as_they_were(site, home):
    def books():
        return {
            file.name: (file.read_bytes(), file.stat().st_mtime_ns)
            for file in home.iterdir()
            if file.is_file()
        }

    before = books()
    front = site.get("/")
    assert RIBBON in front
    page = site.post("/demo/role/", front, area="desk", next="/desk/channels/")
    assert RIBBON in page
    for path in ("/desk/", "/desk/plans/", "/desk/sales/", "/desk/calendar/", "/packing/",
                 "/desk/settlement/", "/desk/claims/", "/network/"):  # fmt: skip
        assert RIBBON in site.get(path), path
    entered = site.post(
        "/desk/channels/", page, name="练习平台", code="try", kind="marketplace", fee_percent="5"
    )
    assert "练习平台" in entered
    sale = re.search(r'href="(/sale/\d+/)', site.get("/")).group(1)
    assert "SIMULATED" not in site.get(sale)
    assert books() == before
    assert (home / "practice" / "practice.sqlite3").stat().st_size > 1_000_000
    assert (home / "practice" / "secret-key").read_text() != "the books' own key"
