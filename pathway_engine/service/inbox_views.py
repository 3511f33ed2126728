"""What the inbox of the message responsible shows: lines, one message in full, and who its patient may be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from pathway_engine.domain.definition import Text
from pathway_engine.domain.message_titles import title_of


class Pile(StrEnum):
    """Why a message lies in the inbox, in the order in which they are shown."""

    UNMATCHED = "unmatched"
    UNPLACED = "unplaced"
    DEAD = "dead"
    QUARANTINED = "quarantined"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLine:
    """One message of the list; `id` is ``in/17`` or ``out/4``.

    `other` is who sent it, or empty of one of ours. `code` says why it stopped. `patient_name` is the short
    name as far as the message tells it, empty for those who may not see it. `at` is when it came or was decided.
    """

    id: str
    pile: Pile
    message: str
    other: str
    at: datetime
    code: str
    tries: int = 0
    patient_name: str = ""

    @property
    def title(self) -> Text:
        """What people call this type of message."""
        return title_of(self.message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A patient whom the message may be about; `agrees` names what is the same in both."""

    patient_id: str
    name: str
    birth_date: date | None
    address: str
    agrees: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Whom somebody looks for: an identity number, or a birth date and as much of a name as is known."""

    number: str = ""
    birth_date: date | None = None
    name: str = ""

    def __repr__(self) -> str:
        return "Sought(***)"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageInFull:
    """One message: what it said, its receipts and what it did, and what the reader may do about it.

    `told_name`, `told_birth_date` and `told_address` are the patient's as the message tells them. `acts` are
    of ``run_again``, ``place``, ``send_again`` and ``move``. `is_settled` is true when nothing more is to be done.
    `placed_with` is the name of the patient whom a message that may be moved is with now.
    """

    line: MessageLine
    said: tuple[Text, ...] = ()
    receipts: tuple[Text, ...] = ()
    did: tuple[Text, ...] = ()
    reason: str = ""
    told_name: str = ""
    told_birth_date: date | None = None
    told_address: str = ""
    candidates: tuple[Candidate, ...] = ()
    acts: tuple[str, ...] = ()
    is_settled: bool = False
    placed_with: str = ""
    state: Text | None = None
