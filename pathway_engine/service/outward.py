"""What the service asks of those who carry messages out: write the bytes, hand them over, be patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from pathway_engine.domain.definition import Text
from pathway_engine.domain.directory import Directory
from pathway_engine.domain.errors import PathwayEngineError
from pathway_engine.storage.rows import OutgoingRow
from pathway_engine.storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message as it goes out. Numbers rise in the order of decision; the id is the same at every try."""

    number: int
    message_id: str
    message: str
    suffix: str
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """The receiver's side has taken the message over; `awaits_receipt` when an application receipt will follow."""

    awaits_receipt: bool = True


@dataclass(frozen=True, slots=True)
class Refused:
    """The receiver will not take this message, now or later. `code` is its code for why, without patient data."""

    code: str


class Lacking(PathwayEngineError):
    """The message cannot be written: `code` says what lacks, `said` says it to a person, without patient data."""

    def __init__(self, code: str, said: Text) -> None:
        super().__init__(said.en)
        self.code = code
        self.said = said


class Surroundings(Protocol):
    """What a writer may look into: the records, and the directory in force."""

    @property
    def store(self) -> Store: ...

    @property
    def directory(self) -> Directory: ...


class Writer(Protocol):
    """One kind of message, from what was decided to bytes."""

    @property
    def suffix(self) -> str:
        """What a file of such bytes is called by, e.g. ``xml``."""

    def write(self, row: OutgoingRow, around: Surroundings) -> bytes:
        """Write the message; `row.message_id` is its id. Any error means that it cannot be sent as it is."""


class Transport(Protocol):
    """The way to the receivers. It must give up on its own well within `Patience.lease`."""

    def send(self, letter: Letter) -> Sent | Refused:
        """Hand the letter over. Raises anything when that failed, or when nobody knows: it is sent again later."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited: between tries (one more try than waits), for a sender to come back, for a receipt.

    The receipt's 96 hours are the Norwegian standard's (HIS 80415).
    """

    waits: tuple[timedelta, ...] = (
        timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1),
    )  # fmt: skip
    lease: timedelta = timedelta(minutes=2)
    receipt: timedelta = timedelta(hours=96)

    @property
    def tries(self) -> int:
        """How often a message is tried at most before a person is asked."""
        return len(self.waits) + 1


@dataclass(frozen=True, slots=True)
class Post:
    """The way out of the house: a transport or none yet, and who writes which message (`otherwise` the rest)."""

    transport: Transport | None = None
    writers: Mapping[str, Writer] = field(default_factory=dict)
    otherwise: Writer | None = None
    patience: Patience = Patience()

    def writer(self, message: str) -> Writer | None:
        """Who writes *message*; None when nobody can."""
        return self.writers.get(message, self.otherwise)


NO_POST = Post()
"""No way out yet: what is decided waits, and is counted."""
