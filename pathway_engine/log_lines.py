"""The log by allow-list: what a line may hold is named here, and everything else is left out.

Of our own records the template, which is a text of the program, and arguments that are numbers, names of errors,
opaque ids or words of the program; of other libraries' records no text at all, only where they come from. An error
is told by its type and place, never by its text: that may quote a patient.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Literal, TextIO

LogFormat = Literal["text", "json"]
OURS = ("pathway_engine", "adapters", "simulations")
HIDDEN = "*"
LARGEST_NUMBER = 10**10 - 1
"""No number of ten digits or fewer can be an identity number."""

LIBRARIES_FROM_WARNING = ("alembic", "asyncio", "transitions", "uvicorn")
_OPAQUE = re.compile(r"[0-9a-f]{32}|[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WORDS = re.compile(r"[a-z][a-z_]*(?:[ :/-]+[a-z_]+)*")
_PLACE = re.compile(r"[a-z_]+\.py:\d{1,5}(?: < [A-Za-z_]+\.py:\d{1,5})*")
_ELEVEN = re.compile(r"(?=(\d{11}))")
LONGEST_WORDS = 80


class LogLines(logging.Formatter):
    """One line a record, as text or as JSON with the keys of `allowed`."""

    def __init__(self, form: LogFormat = "text") -> None:
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; nothing of *record* is in it but what is allowed."""
        told = allowed(record)
        if self._form == "json":
            return json.dumps(told, ensure_ascii=True)
        error = f" {told['error']} at {told['where']}" if "error" in told else ""
        at = str(told["at"]).replace("T", " ").replace(".", ",").removesuffix("Z")
        return f"{at} {told['level']} {told['logger']} {told['message']}{error}"


def allowed(record: logging.LogRecord) -> dict[str, object]:
    """Return what of *record* may be told."""
    at = datetime.fromtimestamp(record.created, UTC)
    told: dict[str, object] = {
        "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"), "level": record.levelname,
        "logger": _name(record.name),
    }  # fmt: skip
    if record.name.split(".")[0] in OURS and isinstance(record.msg, str):
        values = _values(record.args)
        told |= {"event": record.msg, "args": values, "message": _filled(record.msg, values)}
    else:
        told |= {"event": "other", "args": [], "message": f"of another library, at {_file(record)}"}
    if record.exc_info and record.exc_info[0] is not None:
        told |= {"error": record.exc_info[0].__name__, "where": places(record.exc_info[2])}
    return told


def _values(args: object) -> list[object]:
    if isinstance(args, Mapping):
        return [allowed_value(value) for value in args.values()]
    return [allowed_value(value) for value in args] if isinstance(args, tuple) else []


def _filled(template: str, values: Iterable[object]) -> str:
    """The template with its values; one that does not fit them is told as it is."""
    wanted = re.sub(r"%[-+#0 ]*[\d.]*[a-zA-Z]", "%s", template)
    try:
        return wanted % tuple(values)
    except (TypeError, ValueError):
        return template


def allowed_value(value: object) -> object:
    """Return *value* when it is a number, an opaque id, the name of an error or a word of the program; else a star."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value if abs(value) <= LARGEST_NUMBER else HIDDEN
    text = str(value) if isinstance(value, str) else ""
    return text if _is_allowed(text) else HIDDEN


def _is_allowed(text: str) -> bool:
    if _OPAQUE.fullmatch(text):
        return len(text) == 64 or not any(map(_is_identity_number, _ELEVEN.findall(text.replace("-", ""))))
    if _WORDS.fullmatch(text):
        return len(text) <= LONGEST_WORDS
    return bool(_PLACE.fullmatch(text)) or text in _names_of_errors() or _is_new_error(text)


def _is_identity_number(digits: str) -> bool:
    from pathway_engine.domain.errors import PathwayEngineError
    from pathway_engine.domain.identifiers import NationalIdentityNumber

    try:
        NationalIdentityNumber(digits)
    except (PathwayEngineError, ValueError):
        return False
    return True


@cache
def _names_of_errors() -> set[str]:
    return set()


def _is_new_error(text: str) -> bool:
    """Whether a class of errors is called so; asked again as long as libraries are still being loaded."""
    if not text.isidentifier() or not text[0].isupper():
        return False
    waiting: list[type[BaseException]] = [BaseException]
    while waiting:
        kind = waiting.pop()
        _names_of_errors().add(kind.__name__)
        waiting += type.__subclasses__(kind)
    return text in _names_of_errors()


def _name(name: str) -> str:
    """A logger's name, as far as it is one of a module."""
    return name if re.fullmatch(r"[A-Za-z_]\w*(?:\.\w+)*", name) and not _ELEVEN.search(name) else HIDDEN


def _file(record: logging.LogRecord) -> str:
    return f"{record.module}.py:{record.lineno}"


def places(trace: object) -> str:
    """The files and lines of a trace, the innermost first."""
    frames = traceback.extract_tb(trace)  # type: ignore[arg-type]
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-8:]))


# -- setting up


def log_by_allow_list(level: str, form: LogFormat = "text", stream: TextIO | None = None) -> None:
    """Let every logger of the process write to *stream* (standard error) by allow-list, and nothing beside it."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(LogLines(form))
    logging.basicConfig(level=level.upper(), handlers=[handler])
    at_least = logging.getLevelNamesMapping()[level.upper()]
    for library in LIBRARIES_FROM_WARNING:
        logging.getLogger(library).setLevel(max(logging.WARNING, at_least))
    # A sweep that takes long is no news each second.
    logging.getLogger("apscheduler").setLevel(max(logging.ERROR, at_least))


def last_resorts() -> None:
    """Warnings, errors that nobody catches, and faults of logging itself are told without their texts too."""
    logging.captureWarnings(True)
    logging.raiseExceptions = False
    logging.lastResort = _quiet()
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _told(args.exc_type, args.exc_traceback, "in a thread")
    sys.unraisablehook = lambda args: _told(args.exc_type, args.exc_traceback, "where nobody could catch it")


def _quiet() -> logging.StreamHandler[TextIO]:
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(LogLines())
    return handler


def _uncaught(kind: type[BaseException], _error: BaseException, trace: object) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    _told(kind, trace, "")


def _told(kind: type[BaseException] | None, trace: object, where: str) -> None:
    name = kind.__name__ if kind else "error"
    print(f"pathway: an unexpected {name} {where} at {places(trace)}".replace("  ", " "), file=sys.stderr)
