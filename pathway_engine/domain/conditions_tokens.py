"""The words, numbers and signs that a condition is written with."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

from pathway_engine.domain.errors import ConditionError

MOST_CHARACTERS = 2000

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<number>-?[0-9]+(?:\.[0-9]+)?(?![\w.]))
      | (?P<string>"[^"\\\x00-\x1f\x7f]*"|'[^'\\\x00-\x1f\x7f]*')
      | (?P<word>[^\W\d]\w*)
      | (?P<sign>==|!=|<=|>=|<|>|\(|\)|\[|\]|,)""",
    re.VERBOSE,
)

_RATHER = {
    "=": "write == to compare",
    "&": "write `and`",
    "|": "write `or`",
    "!": "write `not`",
    '"': "a text begins and ends with the same quotation mark, on one line, without \\",
    "'": "a text begins and ends with the same quotation mark, on one line, without \\",
    "+": "conditions do not calculate; compare a fact with a fixed value",
    "-": "conditions do not calculate; compare a fact with a fixed value",
    "*": "conditions do not calculate; compare a fact with a fixed value",
    "/": "conditions do not calculate; compare a fact with a fixed value",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the condition; `kind` is number, string, word, sign or end."""

    kind: str
    text: str
    column: int

    @property
    def shown(self) -> str:
        """How the piece is named in an error."""
        return "the end" if self.kind == "end" else f"`{self.text[:40]}`"


def refuse(column: int, message: str) -> NoReturn:
    """Raise a ConditionError that points at *column* (0-based)."""
    error = ConditionError(f"{message} (character {column + 1})")
    error.column = column
    raise error


def suggestion(word: str, names: Iterable[str]) -> str:
    """Return a sentence with the names closest to *word*, or with all names when none is close."""
    known = sorted(set(names))
    close = close_to(word, known)
    if close:
        return "did you mean " + " or ".join(f"`{name}`" for name in close) + "?"
    return "known here: " + ", ".join(known) if known else "no facts are declared"


def close_to(word: str, names: Iterable[str]) -> list[str]:
    """Return up to three of *names* that begin like *word* or are spelt nearly so."""
    known, short = list(names), word[:80].lower()
    begins = [name for name in known if len(short) > 2 and name.lower().startswith(short)]
    return list(dict.fromkeys(begins + difflib.get_close_matches(short, known)))[:3]


def tokens_of(source: str) -> tuple[Token, ...]:
    """Return the pieces of *source*, the last one being the end; raise ConditionError."""
    if len(source) > MOST_CHARACTERS:
        refuse(MOST_CHARACTERS, f"{len(source)} characters found; write at most {MOST_CHARACTERS}")
    found, position = [], 0
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            _refuse_sign(source, position)
        if match.lastgroup != "space":
            found.append(Token(str(match.lastgroup), match.group(), position))
        position = match.end()
    return (*found, Token("end", "", len(source)))


def _refuse_sign(source: str, position: int) -> NoReturn:
    sign = source[position]
    if sign.isdigit() and sign.isascii():
        refuse(position, f"`{source[position : position + 12]}` found; write a number as 3 or 2.5")
    rather = _RATHER.get(sign, "use facts, fixed values, comparisons, and, or, not, in")
    refuse(position, f"{sign!r} found; {rather}")
