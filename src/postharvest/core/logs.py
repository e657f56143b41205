"""Log lines for machines: one JSON object a line, with nothing of a person in it."""

import json
import logging
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """Write time, level, logger, message and, for an exception, its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
