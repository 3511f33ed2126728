"""The log's allow-list: what is named comes through, and an identity number in no form does."""

from __future__ import annotations

import ast
import io
import json
import logging
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from pathway_engine.log_lines import LogFormat, LogLines, allowed_value, last_resorts
from tests.identity_forms import forms, held

NUMBER = "29824000466"
REPOSITORY = Path(__file__).parents[1]
LOGGERS = ["pathway_engine.x", "adapters.x", "uvicorn.error", "sqlalchemy.engine", "apscheduler", "py.warnings"]


class Log:
    """Loggers of any name, of nobody else's hierarchy, that write to one place."""

    def __init__(self, form: LogFormat) -> None:
        self.lines = io.StringIO()
        self._handler = logging.StreamHandler(self.lines)
        self._handler.setFormatter(LogLines(form))

    def logger(self, name: str) -> logging.Logger:
        made = logging.Logger(name)
        made.addHandler(self._handler)
        return made

    @property
    def text(self) -> str:
        return self.lines.getvalue()


@pytest.fixture(params=["text", "json"])
def log(request: pytest.FixtureRequest) -> Log:
    """A log of each form."""
    return Log(request.param)


@pytest.mark.parametrize("name", forms(NUMBER))
@pytest.mark.parametrize("logger", LOGGERS)
def test_no_form_comes_through_by_any_logger_or_part_of_a_record(log: Log, logger: str, name: str) -> None:
    """Mutants: strings are let through; an error's text is told; other libraries' texts are told."""
    form, told = forms(NUMBER)[name], log.logger(logger)
    told.error("message %s could not be applied: %s", form, form)
    told.error("%(a)s", {"a": form})
    told.error("%s", ValueError(form))
    told.error("%s", {form: form})
    told.error("%s", form.encode())
    told.error("%d", int(NUMBER))
    told.error("wrong number of arguments %s %s", form)
    told.error(ValueError(form))
    told.error("%s", "words", extra={"patient": form}, stack_info=True)
    try:
        raise ValueError(form) from KeyError(form)
    except ValueError:
        told.exception("it failed")
    if not logger.startswith(("pathway_engine", "adapters")):
        told.error(f"http GET /{form}")
        told.error('%s - "%s %s"', "127.0.0.1", "GET", f"/tasks/{form}")
    assert log.text.count("\n") >= 10
    assert held(log.text, NUMBER) == []


def test_what_is_allowed_comes_through(log: Log) -> None:
    id, head = "5f0c9a5e1d2b4c3f8a7e6d5c4b3a2f1e", "a1" * 32
    told = log.logger("pathway_engine.x")
    told.warning("message %s of %s: %s, %s (%.0f s)", 17, id, "IntegrityError", "too many connections", 2.4)
    told.info("the audit has %s sealed rows, head %s", 12, head)
    told.error("unhandled %s at %s", "ZeroDivisionError", "app.py:12 < headers.py:60")
    line = log.text
    assert all(each in line for each in ("17", id, "IntegrityError", "too many connections", "headers.py:60"))


def test_a_line_of_json_has_its_keys() -> None:
    record = logging.makeLogRecord(
        {"name": "pathway_engine.workers.relay", "msg": "sending failed: %s", "args": ("OSError",)}
    )
    told = json.loads(LogLines("json").format(record))
    assert {"at", "level", "logger", "event", "args", "message"} == set(told)
    assert (told["event"], told["args"]) == ("sending failed: %s", ["OSError"])


def test_an_error_is_told_by_type_and_place() -> None:
    try:
        raise ValueError(NUMBER)
    except ValueError:
        record = logging.makeLogRecord({"name": "pathway_engine.x", "msg": "failed", "exc_info": sys.exc_info()})
    line = LogLines().format(record)
    assert "ValueError at test_log_lines.py:" in line and NUMBER not in line


@pytest.mark.parametrize(
    "value", ["Kari Li", "Storgata 1", "MDEwMTAx", "2982400 0466", 29824000466, object(), b"x", "Kari"]
)
def test_what_is_not_named_is_a_star(value: object) -> None:
    assert allowed_value(value) == "*"


def test_an_id_that_hides_an_identity_number_is_a_star() -> None:
    assert allowed_value(f"00000000-0000-4000-8000-0{NUMBER}") == "*"
    assert allowed_value(f"{NUMBER}".ljust(32, "a")) == "*"


def test_every_line_of_the_program_has_a_template_of_its_own() -> None:
    """A text that is put together before it is logged would pass the list: none is."""
    wrong = []
    for folder in ("pathway_engine", "adapters", "simulations"):
        for path in (REPOSITORY / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and _logs(node.func):
                    first = node.args[0] if node.args else None
                    if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
                        wrong.append(f"{path.name}:{node.lineno}")
    assert wrong == []


def _logs(called: ast.expr) -> bool:
    levels = {"debug", "info", "warning", "error", "exception", "critical"}
    return isinstance(called, ast.Attribute) and called.attr in levels and getattr(called.value, "id", "") == "log"


@pytest.mark.parametrize(
    "fault",
    [
        "raise ValueError(said)",
        "import threading; t = threading.Thread(target=lambda: int(said)); t.start(); t.join()",
        "warnings.warn(said)",
        "logging.getLogger('x').warning(said)",
        "logging.getLogger('x').warning('%d', said)",
        "type('X', (), {'__del__': lambda self: int(said)})()",
    ],
)
@pytest.mark.parametrize("begun", ["", "log_by_allow_list('debug')"])
def test_what_nobody_catches_is_told_without_its_text(fault: str, begun: str) -> None:
    program = (
        "import logging, warnings\nfrom pathway_engine.log_lines import last_resorts, log_by_allow_list\n"
        f"last_resorts()\n{begun}\nsaid = 'nr {NUMBER}x'\n{fault}\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert held(ended.stdout + ended.stderr, NUMBER) == []
    assert ended.stderr or not begun


def test_last_resorts_are_a_program_s_own_choice() -> None:
    """Guards the tests: importing the command line changes no hook of this process."""
    assert last_resorts.__module__ == "pathway_engine.log_lines"
    assert sys.excepthook.__module__ != "pathway_engine.log_lines"
    assert warnings.showwarning.__module__ != "logging"
