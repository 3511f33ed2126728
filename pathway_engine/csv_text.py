"""CSV for people's spreadsheets, written in one place: no cell of it can become a formula."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence

Cell = str | int | float | bool | None
STARTS_A_FORMULA = frozenset("=+-@＝＋－＠")
MARK = "\ufeff"
"""What spreadsheets know UTF-8 by."""

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_AFTER_ANOTHER_SEPARATOR = re.compile(r"([;\t\n][\s\"']*)(?=[=+\-@＝＋－＠])")


def csv_text(rows: Iterable[Sequence[Cell]], *, mark: bool = False, end: str = "\n") -> str:
    """Return rows as CSV (RFC 4180, lines that end with *end*); with *mark*, as spreadsheets like it."""
    out = io.StringIO()
    csv.writer(out, lineterminator=end).writerows([cell(value) for value in row] for row in rows)
    return (MARK if mark else "") + out.getvalue()


def cell(value: Cell) -> str | int | float:
    """Return *value* as a cell: numbers as they are, text that a spreadsheet could take for a formula marked as text.

    A spreadsheet that parts cells at semicolons or tabs, or reads a line feed as the end of a row, finds none there
    either. Control characters and halves of characters, which no file may hold, become U+FFFD.
    """
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    text = _UNPRINTABLE.sub("\ufffd", value.replace("\r\n", "\n").replace("\r", "\n"))
    text = _AFTER_ANOTHER_SEPARATOR.sub(r"\1'", text)
    return f"'{text}" if _visible(text)[:1] in STARTS_A_FORMULA else text


def _visible(text: str) -> str:
    """The text from the first character on that a spreadsheet does not pass over."""
    for place, each in enumerate(text):
        if each not in "\"'\ufffd" and unicodedata.category(each)[0] not in "ZC" and not each.isspace():
            return text[place:]
    return ""
