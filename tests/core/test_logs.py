import json
import logging
import sys

from postharvest.core.logs import JsonLines


def line_of(message, *arguments, exc_info=None):
    record = logging.LogRecord(
        "postharvest.worker", logging.ERROR, "x.py", 1, message, arguments, exc_info
    )
    return JsonLines().format(record)


def test_a_line_is_one_object_whatever_the_message_holds():
    line = line_of("第 %s 轮\nfailed", 3)
    assert "\n" not in line
    told = json.loads(line)
    assert (told["level"], told["message"]) == ("error", "第 3 轮\nfailed")
    assert told["at"].endswith("+00:00")


def test_an_exception_brings_its_traceback():
    try:
        raise ValueError("no")
    except ValueError:
        told = json.loads(line_of("failed", exc_info=sys.exc_info()))
    assert "ValueError: no" in told["traceback"]
