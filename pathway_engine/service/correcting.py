"""What was sent and is not so any more is put right: withdrawn while it waits, else changed or cancelled by a message.

A new fold says what should have been said; the outbox says what was. Where they differ the next message of the
same chain goes out: M where the type has it, else C and the whole anew. What has no such message asks a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from pathway_engine.domain.delivery import Delivery, Move, allowed, moved
from pathway_engine.domain.message_slots import KINDS, MessageKind
from pathway_engine.service.concerns import UNCORRECTED, Concern, raise_notice
from pathway_engine.service.context import Context
from pathway_engine.service.decisions import CANCEL, CHANGE, NEW, Decided, decode_decided, encode_decided
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import OutgoingRow

AGAIN = re.compile(r"(\^\d+)?(~\d+)?$")
"""What a key ends in: the number of a correction, and of a sending after a refusal."""
NEVER_ARRIVED = (Delivery.WITHDRAWN, Delivery.REFUSED, Delivery.DEAD)


@dataclass(frozen=True, slots=True)
class _Chain:
    """All that was sent of one decision, oldest first, and what the last of it says."""

    base: str
    kind: MessageKind
    rows: tuple[OutgoingRow, ...]
    said: Decided

    @property
    def last(self) -> OutgoingRow:
        """The newest of it."""
        return self.rows[-1]

    @property
    def stands(self) -> bool:
        """Whether the receiver was told, and was not told otherwise since."""
        return self.said.status != CANCEL and self.last.status not in NEVER_ARRIVED

    @property
    def first(self) -> str:
        """The id of the message that the chain began with: the last one that was new."""
        begun = [row for row in self.rows if decode_decided(row.body, row.message).status == NEW]
        return begun[-1].message_id


def put_right(
    context: Context, records: Records, patient_id: str, pathway: str, wanted: Mapping[str, Decided], now: datetime
) -> None:
    """Correct what was sent for the patient by *pathway*; *wanted* is what should have been, by key.

    Told the same again it changes nothing. The patient's row must be locked.
    """
    for chain in _chains(records.outgoing_of_patient(patient_id), pathway):
        wish = wanted.get(chain.base)
        if chain.stands and (wish is None or _differs(chain.said, wish)):
            _correct(context, records, chain, wish, now)
        elif wish is not None and not chain.stands and _was_taken_back(chain):
            _put(records, chain, len(chain.rows) + 1, replace(wish, status=NEW), now)


def _chains(rows: Iterable[OutgoingRow], pathway: str) -> list[_Chain]:
    grouped: dict[str, list[OutgoingRow]] = {}
    for row in rows:
        base = AGAIN.sub("", row.key.partition("/")[2])
        if base.startswith(f"{pathway}:") and row.message in KINDS:
            grouped.setdefault(base, []).append(row)
    return [
        _Chain(base, KINDS[own[-1].message], tuple(own), decode_decided(own[-1].body, own[-1].message))
        for base, own in grouped.items()
    ]


def _differs(said: Decided, wish: Decided) -> bool:
    """Whether a receiver would read something else. Where no content was declared, nothing can be held against it."""
    return bool(wish.content or wish.times) and not said.says_the_same_as(wish)


def _was_taken_back(chain: _Chain) -> bool:
    return chain.said.status == CANCEL or chain.last.status == Delivery.WITHDRAWN


def _correct(context: Context, records: Records, chain: _Chain, wish: Decided | None, now: datetime) -> None:
    number = len(chain.rows) + 1
    if _withdrawn(records, chain.last.id, now):
        if wish is not None:
            _put(records, chain, number, wish, now)
    elif wish is not None and CHANGE in chain.kind.statuses:
        _put(records, chain, number, _following(chain, wish, CHANGE), now)
    elif CANCEL in chain.kind.statuses:
        _put(records, chain, number, _following(chain, chain.said, CANCEL), now)
        if wish is not None:
            _put(records, chain, number + 1, wish, now)
    else:
        raise_notice(context, records, _concern(chain), now)


def _withdrawn(records: Records, number: int, now: datetime) -> bool:
    """Take it out of the queue if nobody has begun to send it."""
    row = records.lock_outgoing(number)
    if row is None or not allowed(row.status, Move.WITHDRAW) or row.attempts:
        return False
    records.save_outgoing(replace(row, status=moved(row.status, Move.WITHDRAW), settled_at=now, next_try_at=None))
    return True


def _following(chain: _Chain, told: Decided, status: str) -> Decided:
    return replace(told, status=status, first=chain.first, parent=chain.last.message_id)


def _put(records: Records, chain: _Chain, number: int, told: Decided, now: datetime) -> None:
    row = chain.last
    records.put_outgoing(
        key=f"{row.key.partition('/')[0]}/{chain.base}^{number}", patient_id=row.patient_id,
        episode_id=row.episode_id, message=row.message, body=encode_decided(told), at=now,
    )  # fmt: skip


def _concern(chain: _Chain) -> Concern:
    row, task = chain.last, chain.said.task
    return Concern(
        kind=UNCORRECTED, about=row.id, subject=f"{row.message} {row.message_id}", said="NotSoAnyMore",
        patient_id=row.patient_id, place=task.place,
    )  # fmt: skip
