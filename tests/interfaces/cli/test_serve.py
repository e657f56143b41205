"""Serving from outside: it comes up, says that it is ready, keeps what it acknowledged, stops."""

import json
import os
import re
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from postharvest.interfaces.cli import serve
from postharvest.interfaces.cli.main import main

COMMAND = [sys.executable, "-m", "postharvest.interfaces.cli.main"]
PATIENCE_S = 180


@pytest.mark.parametrize("port", ["0", "70000", "-1"])
def test_a_port_that_is_none_is_refused_in_one_line(port, capsys):
    assert main(["serve", "--port", port]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "--port" in line


def test_paused_makes_sense_for_the_demo_only(capsys):
    assert main(["serve", "--paused"]) == 2
    assert "--demo" in capsys.readouterr().err


def test_static_files_are_collected_once_and_again_when_they_change(
    settings, tmp_path, monkeypatch
):
    settings.STATIC_ROOT = tmp_path
    collected = []
    monkeypatch.setattr(
        "django.core.management.call_command", lambda name, **_: collected.append(name)
    )
    marks = iter(["one", "one", "two"])
    monkeypatch.setattr(serve, "_static_fingerprint", lambda: next(marks))
    for _ in range(3):
        serve._collect_static_files()
    assert collected == ["collectstatic", "collectstatic"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    made = [*COMMAND, "demo", "fuping", "--until", "open", "--seed", "5"]
    subprocess.run(made, env=_env(home), check=True, stdout=subprocess.DEVNULL)
    return home


@pytest.fixture
def served(home):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = []

    def start():
        command = [*COMMAND, "serve", "--demo", "--paused", "--port", str(port)]
        process = subprocess.Popen(
            command, env=_env(home), stdout=subprocess.DEVNULL, start_new_session=True
        )
        running.append(process)
        url = f"http://127.0.0.1:{port}"
        for _ in range(PATIENCE_S * 5):
            if process.poll() is not None:
                pytest.fail(f"the server left with {process.returncode}")
            try:
                with urllib.request.urlopen(url + "/readyz", timeout=5):
                    return process, url
            except OSError:
                time.sleep(0.2)
        pytest.fail("the server did not come up")

    yield start
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_it_stops_at_once_though_a_stream_is_open(served):
    process, url = served()
    sale = _get(url + "/api/v1/sales")["sales"][0]["id"]
    with urllib.request.urlopen(f"{url}/api/v1/sales/{sale}/events", timeout=60) as stream:
        assert stream.readline()
        os.killpg(process.pid, signal.SIGTERM)
        stream.read()  # it ends: the server says goodbye
    assert process.wait(60) in (0, -signal.SIGTERM)


def test_what_was_acknowledged_outlives_a_kill_and_is_there_once(served):
    process, url = served()
    before = _get(url + "/api/v1/sales")["sales"][0]
    kept = {}
    for number in range(6):
        key = f"kill-test-{number}"
        status, answer = _order(url, key, before["listings"][0]["id"])
        assert status == 201
        kept[key] = answer["order"]
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    _, url = served()
    for key, order in kept.items():
        status, answer = _order(url, key, before["listings"][0]["id"])
        assert (status, answer["order"]) == (200, order)
    after = _get(url + "/api/v1/sales")["sales"][0]
    assert before["left_g"] - after["left_g"] == 6 * before["listings"][0]["pack_g"]


def test_a_disk_that_takes_no_more_is_said_and_selling_goes_on_when_there_is_room(served, home):
    """The process may let no file grow: what the kernel then says is what a full disk says."""
    process, url = served()
    before = _get(url + "/api/v1/sales")["sales"][0]
    listing, kept = before["listings"][0]["id"], {}
    status, answer = _order(url, "disk-test-first", listing)
    assert status == 201
    kept["disk-test-first"] = answer["order"]
    cookie = urllib.request.HTTPCookieProcessor()
    browser = urllib.request.build_opener(cookie)
    login = browser.open(url + "/login/", timeout=60).read().decode()
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', login)[1]

    every = _processes(process.pid)
    for pid in every:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    refused = set()
    for number in range(4):
        status, answer = _order(url, f"disk-test-{number}", listing)
        refused.add((status, answer["code"]))
    assert refused == {(503, "unknown_outcome")}
    with urllib.request.urlopen(url + "/", timeout=60) as page:  # reading goes on
        assert page.status == 200
    form = f"csrfmiddlewaretoken={token}&username=nobody&password=x".encode()
    with pytest.raises(urllib.error.HTTPError) as told:
        browser.open(url + "/login/", form, timeout=60)
    assert told.value.code == 503
    assert "Nothing can be stored now" in told.value.read().decode()

    for pid in every:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    for number in range(4):
        status, answer = _order(url, f"disk-test-{number}", listing)
        assert status == 201  # it was never half written: the same key is new
        kept[f"disk-test-{number}"] = answer["order"]
    for key, order in kept.items():
        status, answer = _order(url, key, listing)
        assert (status, answer["order"]) == (200, order)
    after = _get(url + "/api/v1/sales")["sales"][0]
    assert before["left_g"] - after["left_g"] == 5 * before["listings"][0]["pack_g"]
    with sqlite3.connect(f"file:{home}/demo.sqlite3?mode=ro", uri=True) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


def _processes(pid):
    """The server's process and those it started."""
    found = [pid]
    for entry in Path("/proc").glob("[0-9]*/stat"):
        after = entry.read_text().rpartition(")")[2].split()
        if after[3] == str(pid) and entry.parent.name != str(pid):
            found.append(int(entry.parent.name))
    return found


def _env(home):
    return {**os.environ, "POSTHARVEST_HOME": str(home)}


def _get(url):
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.load(answer)


def _order(url, key, listing):
    body = {
        "listing": listing,
        "quantity": 1,
        "buyer": {"name": "测试", "phone": "13800000000"},
        "address": {"county": "310101", "line": "解放路1号"},
        "payment": "sandbox",
    }
    request = urllib.request.Request(
        url + "/api/v1/orders",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Idempotency-Key": key},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)
