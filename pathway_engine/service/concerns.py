"""What went wrong and needs a person, as it is raised and ended: which row it is about, and on whose lists."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from pathway_engine.domain.definition import Text
from pathway_engine.domain.directory import MESSAGE_RESPONSIBLE, Directory
from pathway_engine.domain.tasks import Place, Task
from pathway_engine.service.context import Context
from pathway_engine.service.episode_codec import decode_task, encode_task
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import NoticeRow

OPERATOR = "operator"
"""The role, of an organisation without municipality, that sees what concerns no known place."""
PREFIX = "notice-"
DUE = timedelta(hours=4)
NOWHERE = Place()
Seat = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Kind:
    """A way in which something goes wrong, in the words of the lists."""

    id: str
    title: Text
    rule: str


UNDELIVERED = Kind(
    "UNDELIVERED",
    Text("Melding har ikke kommet fram", "A message has not arrived"),
    "an outgoing message that was not delivered, or refused, or not receipted in time, asks a person",
)
DEAD_LETTER = Kind(
    "DEAD_LETTER",
    Text("Mottatt melding kunne ikke brukes", "A received message could not be applied"),
    "a received message that could not be applied in five tries, or that cannot be answered, asks a person",
)
UNMATCHED = Kind(
    "UNMATCHED",
    Text("Mottatt melding: finn ut hvem pasienten er", "Received message: find out who the patient is"),
    "a received message that names its patient without a national number asks a person",
)
UNCORRECTED = Kind(
    "UNCORRECTED",
    Text("En melding som er sendt, stemmer ikke lenger", "A message that was sent is not so any more"),
    "an outgoing message whose ground was corrected, and that no message can take back, asks a person",
)
EMERGENCY = Kind(
    "EMERGENCY",
    Text("Nødtilgang er brukt: se om det var grunn til det", "Emergency access was used: see whether it was warranted"),
    "whoever opens a patient without a relation, for a reason, is told of to the unit's leader and the auditor",
)
UNNOTIFIED = Kind(
    "UNNOTIFIED",
    Text("Et program får ikke varsler lenger", "A program is not notified any more"),
    "a subscription whose endpoint has failed in every try asks a person",
)
KINDS = {kind.id: kind for kind in (UNDELIVERED, DEAD_LETTER, UNMATCHED, UNCORRECTED, EMERGENCY, UNNOTIFIED)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """What a notice is about: which row, what it says in codes, whom and where; `sender` is whose message it was.

    The place only finds the lists. It is not kept: it may be the very text that could not be stored.
    """

    kind: Kind
    about: int | str
    subject: str
    said: str
    patient_id: str | None = None
    place: Place = NOWHERE
    sender: Seat | None = None


# -- raising and ending


def raise_notice(context: Context, records: Records, concern: Concern, now: datetime) -> None:
    """Put the concern on the right lists, unless an open notice about the same stands there already."""
    earlier = records.notices_about(concern.kind.id, str(concern.about))
    still_open = next((row for row in earlier if row.ended_at is None), None)
    if still_open is not None:
        save_notice_task(records, still_open, decode_task(still_open.body).noted(now, "again", concern.said), now)
        return
    name = f"{concern.kind.id}/{concern.about}/{len(earlier)}"
    audience = seats_for(context.directory, concern.place, concern.sender)
    task = Task(
        key=name, pathway="", step=concern.kind.id, owner=audience[0][1] if audience else OPERATOR,
        cause=concern.subject, event=concern.said, source="", entry="", raised_at=now,
        unit=audience[0][0] if audience else None, due_at=now + DUE,
    )  # fmt: skip
    row = NoticeRow(
        id=PREFIX + str(uuid5(NAMESPACE_URL, f"{context.store.tenant}/notice/{name}")), kind=concern.kind.id,
        about=str(concern.about), patient_id=concern.patient_id, raised_at=now, audience=audience, version=0,
        body=b"",
    )  # fmt: skip
    save_notice_task(records, row, task.noted(now, "raised", concern.said), now)


def seats_for(directory: Directory, place: Place, sender: Seat | None) -> tuple[Seat, ...]:
    """The sender's own unit and the message responsible of the place; without either, the operator."""
    responsible = directory.message_responsible(place)
    seats = [sender] if sender else []
    if responsible is not None:
        seats.append((responsible.id, MESSAGE_RESPONSIBLE))
    if not seats:
        operator = directory.unit_for(OPERATOR, place)
        seats = [(operator.id, OPERATOR)] if operator else []
    return tuple(dict.fromkeys(seats))


def end_notices(records: Records, kind: Kind, about: int | str, how: str, now: datetime) -> None:
    """End what is open about that row: it came right by itself, or somebody tries it again."""
    for row in records.notices_about(kind.id, str(about)):
        if row.ended_at is None:
            save_notice_task(records, row, decode_task(row.body).ended(now, "fulfil", "settled", how), now)


def save_notice_task(records: Records, row: NoticeRow, task: Task, now: datetime) -> None:
    """Write the task that the notice is."""
    records.save_notice(replace(row, ended_at=task.ended_at, version=row.version + 1, body=encode_task(task)), now)
