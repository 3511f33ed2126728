"""Why an HL7 v2 message was refused, in the words of HL7's own table 0357."""

from __future__ import annotations

import re
from typing import Literal

from pathway_engine.domain.errors import UnreadableMessage

ERROR_CODES = {
    "100": "Segment sequence error",
    "101": "Required field missing",
    "102": "Data type error",
    "103": "Table value not found",
    "200": "Unsupported message type",
    "201": "Unsupported event code",
    "202": "Unsupported processing id",
    "203": "Unsupported version id",
    "204": "Unknown key identifier",
    "205": "Duplicate key identifier",
    "206": "Application record locked",
    "207": "Application internal error",
}
"""HL7 table 0357, message error condition codes."""


class Hl7Refusal(UnreadableMessage):
    """The HL7 v2 message is refused.

    `code` is of table 0357, `location` is segment^sequence^field (``PID^1^3``), `answer` is AE when
    the content is wrong and AR when this kind of message is not taken at all; `severity` is of
    table 0516. The text never quotes an identity number.
    """

    def __init__(
        self,
        code: str,
        location: str,
        message: str,
        *,
        answer: Literal["AE", "AR"] = "AE",
        severity: str = "E",
    ) -> None:
        assert code in ERROR_CODES
        super().__init__(message)
        self.code = code
        self.location = location
        self.answer = answer
        self.severity = severity


def shown(value: str) -> str:
    """Return *value* quoted when it is short and cannot be a person's number, else only its length."""
    if len(value) <= 20 and value.isprintable() and not re.search(r"\d{6}", value):
        return f'"{value}"'
    return f"a value of {len(value)} characters"
