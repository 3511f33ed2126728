"""Takes what is put into the drop folder: each file is received like any message, answered, and put away.

Whatever is taken stands in the folder ``taken`` until its messages have had their effect and their answers
are written. A program that is killed in between leaves it there; whoever comes next stores the same messages
again, which the inbox knows by sender and id, and goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from pathway_engine.channels import families
from pathway_engine.clock import Clock
from pathway_engine.domain.errors import StorageError
from pathway_engine.service import receiving
from pathway_engine.service.channel import Disposition
from pathway_engine.service.context import Context
from pathway_engine.service.receiving import Incoming
from pathway_engine.storage.rows import InboxRow
from pathway_engine.transports.drop_folder import PROCESSED, QUARANTINE, RECEIPTS, DropFolder, Held

PEER = "drop"
LEASE = timedelta(seconds=10)
"""So long the workers leave a stored message to whoever took its file."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a file cannot be received: what is found and what would be right, in both languages."""

    nb: str
    en: str

    @property
    def words(self) -> bytes:
        """The reason file's text."""
        return f"{self.nb}\n\n{self.en}\n".encode()


RIGHT_NB = "Riktig er én melding i filen: HL7 v2, som begynner med MSH, eller en XML-melding (hodemelding, kvittering)."
RIGHT_EN = "Right would be one message in the file: HL7 v2, which begins with MSH, or an XML message or receipt."
EMPTY = Wrong(f"Filen er tom. {RIGHT_NB}", f"The file is empty. {RIGHT_EN}")
NO_MESSAGE = Wrong(f"Filen er ingen melding som leses her. {RIGHT_NB}", f"The file is no message. {RIGHT_EN}")


def too_large(limit: int) -> Wrong:
    """The file is larger than is taken."""
    return Wrong(
        f"Filen er større enn {limit} byte, som er det meste som tas imot. Riktig er en mindre fil, eller en høyere "
        "PATHWAY_MESSAGE_MAX_BYTES.",
        f"The file is larger than {limit} bytes, the most that is taken. Right would be a smaller file, or a higher "
        "PATHWAY_MESSAGE_MAX_BYTES.",
    )


def refused(rows: Sequence[InboxRow]) -> Wrong:
    """Messages of the file were refused; their own words say what would be right, and name nobody."""
    said = "\n".join(f"  {row.id}: {row.reason_code} {row.reason}" for row in rows)
    return Wrong(
        f"Meldinger i filen ble avvist. De står i innboksen (`pathway inbox`) med nummer og grunn:\n{said}",
        f"Messages of the file were refused. They are in the inbox (`pathway inbox`), number and reason:\n{said}",
    )


class DropReader:
    """Takes files out of *folder*, one after the other. *family_of* tells what a file is by its bytes.

    `set_aside` counts those that went to quarantine.
    """

    def __init__(
        self, context: Context, folder: DropFolder, clock: Clock, *, max_bytes: int,
        family_of: Callable[[bytes], str | None] = families.family_of,
    ) -> None:  # fmt: skip
        self._context = context
        self._folder = folder
        self._clock = clock
        self._max_bytes = max_bytes
        self._family_of = family_of
        self.set_aside = 0
        self._waiting: dict[str, tuple[list[int], frozenset[int]]] = {}

    def take_all(self, goes_on: Callable[[], bool] = lambda: True) -> int:
        """Take what is left and what is whole by now; return how many files were put away.

        A file that cannot be handled stays, and stops no other. Raises StorageError when the database is away.
        """
        done = 0
        for hold in self._holds():
            if not goes_on():
                break
            done += self._took(hold)
        return done

    def _holds(self) -> Iterator[AbstractContextManager[Held | None]]:
        for path in self._folder.left():
            yield self._folder.held(path)
        for name in self._folder.arrived():
            yield self._folder.taken(name)

    def _took(self, hold: AbstractContextManager[Held | None]) -> bool:
        try:
            with hold as held:
                return held is not None and self._handled(held)
        except StorageError:
            raise
        except Exception as fault:  # a disk that is full, a file that is nobody's: the others go on
            log.error("a dropped file could not be handled: %s", type(fault).__name__)
            return False

    # -- one file

    def _handled(self, held: Held) -> bool:
        """Receive what is in the file and put it away; False while its messages wait to be applied."""
        known = self._waiting.get(held.path.name)
        if known is not None:
            numbers, silent = known
            return self._settled(held, self._applied(numbers), silent)
        raw = held.read(self._max_bytes)
        family = self._family_of(raw) if raw else None
        if raw is None or family is None or family not in self._context.channels:
            self._set_aside(held, _wrong(raw, self._max_bytes))
            return True
        return self._received(held, family, raw)

    def _received(self, held: Held, family: str, raw: bytes) -> bool:
        now = self._clock()
        peer = f"{PEER}:{held.token}"
        batch = [Incoming(each, family, peer, now + LEASE) for each in families.parts_of(family, raw)]
        stored = receiving.store(self._context, batch, now)
        receiving.apply_these(self._context, [each.inbox_id for each in stored if each.outcome != "duplicate"], now)
        rows = self._applied([each.inbox_id for each in stored])
        again = frozenset(row.id for row in rows if row.peer != peer and not families.is_answered_again(family))
        return self._settled(held, rows, again)

    def _applied(self, numbers: Sequence[int]) -> list[InboxRow]:
        """The messages' rows, those applied first whose turn it is: after a crash nobody else may."""
        now = self._clock()
        due = [row.id for row in self._rows(numbers) if row.disposition is None and _is_due(row, now)]
        if due:
            receiving.apply_these(self._context, due, now)
        return self._rows(numbers)

    def _rows(self, numbers: Sequence[int]) -> list[InboxRow]:
        with self._context.store.reading() as records:
            return records.messages_with_ids(list(numbers))

    def _settled(self, held: Held, rows: Sequence[InboxRow], silent: frozenset[int]) -> bool:
        if any(row.disposition is None for row in rows):
            self._waiting[held.path.name] = [row.id for row in rows], silent
            return False
        for row in rows:
            if row.answer is not None and row.id not in silent:
                put_answers(self._folder, row.id, row.channel, row.answer)
        rejected = [row for row in rows if row.disposition in (Disposition.REJECTED, Disposition.DEAD)]
        if rejected:
            self._set_aside(held, refused(rejected))
        else:
            self._folder.move(held, PROCESSED, f"{rows[0].id:012}-{held.label}")
        self._waiting.pop(held.path.name, None)
        return True

    def _set_aside(self, held: Held, wrong: Wrong) -> None:
        """Say why first: a file in quarantine is never without its reason."""
        log.warning("a dropped file was set aside; its reason stands beside it in quarantine")
        self.set_aside += 1
        self._folder.put(QUARANTINE, f"{held.path.name}.reason.txt", wrong.words)
        self._folder.move(held, QUARANTINE, held.path.name)


def put_answers(folder: DropFolder, number: int, family: str, answer: bytes) -> None:
    """Put the receipts for an inbox message where they are fetched; those of the same message are replaced."""
    for place, each in enumerate(families.answers_in(family, answer), 1):
        folder.put(RECEIPTS, f"{number:012}-{place}-receipt.{families.suffix_of(family)}", each)


def _wrong(raw: bytes | None, limit: int) -> Wrong:
    if raw is None:
        return too_large(limit)
    return NO_MESSAGE if raw else EMPTY


def _is_due(row: InboxRow, now: datetime) -> bool:
    return row.next_try_at is None or row.next_try_at <= now
