"""What one message said, in plain words and in its sender's own: how it was taken, its receipts, what it did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from pathway_engine.domain.definition import Text
from pathway_engine.domain.delivery import Delivery
from pathway_engine.domain.errors import MessageError, PathwayEngineError
from pathway_engine.domain.events import FactValue, Happened, Reading, Voided
from pathway_engine.domain.message_titles import FACTS, title_of
from pathway_engine.domain.norway import OSLO
from pathway_engine.domain.settlement import taken_out
from pathway_engine.service.channel import read_named
from pathway_engine.service.context import Context
from pathway_engine.service.dead_letters import sender_of
from pathway_engine.service.decisions import decode_decided
from pathway_engine.service.receipts import given_at
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import InboxRow, OutgoingRow, TaskRow

IN, OUT = "in/", "out/"

DISPOSITIONS = {
    None: Text("venter", "waiting"),
    "applied": Text("tatt inn og brukt", "taken in and applied"),
    "rejected": Text("avvist", "rejected"),
    "unplaced": Text("venter på en person", "waits for a person"),
    "dead": Text("kunne ikke brukes; en person er varslet", "could not be applied; a person is told"),
    "kept": Text("tatt vare på", "kept"),
}
STATES = {
    Delivery.WAITING: Text("venter på å bli sendt", "waits to be sent"),
    Delivery.SENDING: Text("blir sendt", "is being sent"),
    Delivery.SENT: Text("sendt; mottakeren har ikke kvittert", "sent; the receiver has not acknowledged it"),
    Delivery.ACKNOWLEDGED: Text("kommet fram; mottakeren har kvittert", "arrived; the receiver has acknowledged it"),
    Delivery.REFUSED: Text("avvist av mottakeren", "refused by the receiver"),
    Delivery.TIMED_OUT: Text("ingen kvittering i tide", "no receipt in time"),
    Delivery.LATE: Text("kommet fram; kvitteringen kom for sent", "arrived; the receipt came late"),
    Delivery.DEAD: Text("ikke kommet fram", "not arrived"),
    Delivery.WITHDRAWN: Text("trukket før den ble sendt", "withdrawn before it was sent"),
}
YES_NO = {True: Text("ja", "yes"), False: Text("nei", "no")}


class NoSuchMessage(PathwayEngineError):
    """There is no such message. `pathway inbox` and `pathway outbox` list them; in/17 and out/17 name them."""


@dataclass(frozen=True, slots=True)
class Told:
    """One message: which one, about whom (the patient's id here), and lines under a heading each."""

    id: str
    patient_id: str | None
    said: tuple[Text, ...]
    receipts: tuple[Text, ...]
    did: tuple[Text, ...]


def tell(context: Context, name: str, actor: str, now: datetime) -> list[Told]:
    """Tell of every message of that name: ``in/NUMBER``, ``out/NUMBER``, or the id that it carries.

    That they were read is put on record. Raises NoSuchMessage.
    """
    return context.committed(lambda records: _told(context, records, name, actor, now))


def _told(context: Context, records: Records, name: str, actor: str, now: datetime) -> list[Told]:
    told = [told_received(context, records, row) for row in _received(records, name)]
    told += [told_sent(context, records, row) for row in _sent(records, name)]
    if not told:
        raise NoSuchMessage
    for each in told:
        records.write_audit(
            at=now, actor=actor, role="operator", action="message read", patient_id=each.patient_id, object_id=each.id
        )
    return told


def _received(records: Records, name: str) -> list[InboxRow]:
    number = _number(name, IN)
    return records.messages_with_ids([number]) if number else records.messages_named(name)


def _sent(records: Records, name: str) -> list[OutgoingRow]:
    number = _number(name, OUT)
    row = records.outgoing_numbered(number) if number else records.outgoing_named(name.lower())
    return [row] if row else []


def _number(name: str, prefix: str) -> int | None:
    digits = name.removeprefix(prefix)
    return int(digits) if name.startswith(prefix) and digits.isdigit() and len(digits) <= 15 else None


def told_of(context: Context, records: Records, row: InboxRow | OutgoingRow) -> Told:
    """Tell of one message; whoever shows it puts that on record."""
    if isinstance(row, InboxRow):
        return told_received(context, records, row)
    return told_sent(context, records, row)


# -- received


def told_received(context: Context, records: Records, row: InboxRow) -> Told:
    """Tell of a message that came here."""
    reading = reading_of(context, row)
    at, title, sender = _at(row.received_at), titled(row.message_type), _sender(row)
    said = [Text(f"{title.nb} fra {sender.nb}, mottatt {at}", f"{title.en} from {sender.en}, received {at}")]
    said += [_entry(context, entry) for entry in reading.entries] if reading else []
    said += [Text(f"«{words}»", f"«{words}»") for words in (reading.words if reading else ())]
    said += [Text(note, note) for note in (reading.notes if reading else ())]
    state = DISPOSITIONS.get(row.disposition, Text(str(row.disposition), str(row.disposition)))
    why = f" ({row.reason_code}: {row.reason})" if row.reason else ""
    answered = YES_NO[row.answer is not None]
    receipts = [
        Text(f"{state.nb}{why}", f"{state.en}{why}"), Text(f"besvart: {answered.nb}", f"answered: {answered.en}")
    ]  # fmt: skip
    return Told(f"{IN}{row.id}", row.patient_id, tuple(said), tuple(receipts), tuple(_did(context, records, row)))


def titled(message: str) -> Text:
    """What people call a type of message, with its code where that is another."""
    title = title_of(message)
    return Text(f"{title.nb} [{message}]", f"{title.en} [{message}]") if message not in ("", title.nb) else title


def _sender(row: InboxRow) -> Text:
    return Text(row.sender, row.sender) if row.sender.strip("|") else Text("en ukjent avsender", "an unknown sender")


def reading_of(context: Context, row: InboxRow) -> Reading | None:
    """What the message says, as its channel reads it now, also of nobody known; None when it cannot be read."""
    try:
        channel = context.channels[row.channel]
        return read_named(channel, row.raw, sender_of(context, channel.header(row.raw)), ())
    except (MessageError, LookupError, ValueError):
        return None


def _entry(context: Context, entry: Happened | Voided) -> Text:
    if isinstance(entry, Voided):
        return Text(f"tar tilbake {entry.cause}", f"takes back {entry.cause}")
    word, at = word_of(context, entry.name), _at(entry.occurred_at)
    facts = [_fact(context, name, value) for name, value in sorted(entry.facts.items())]
    nb, en = "; ".join(fact.nb for fact in facts), "; ".join(fact.en for fact in facts)
    return Text(f"{word.nb} {at}" + (f": {nb}" if nb else ""), f"{word.en} {at}" + (f": {en}" if en else ""))


def _fact(context: Context, name: str, value: FactValue) -> Text:
    word = word_of(context, name)
    word = FACTS.get(name, word) if word.nb == name else word
    shown = YES_NO[value] if isinstance(value, bool) else word_of(context, _legible(value))
    return Text(f"{word.nb} = {shown.nb}", f"{word.en} = {shown.en}")


def _legible(value: FactValue) -> str:
    """A day as people write it, and an instant of the kind 2026-11-20T02:30; all else as it stands."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    if "T" in str(value):
        return _at(at) if at.tzinfo else f"{at:%d.%m.%Y %H.%M}"
    return f"{at:%d.%m.%Y}" if "-" in str(value) else str(value)


def word_of(context: Context, code: str) -> Text:
    """What people read for a code, in the words of the first pathway that has some; the code itself otherwise."""
    words = (rules.pathway.words.get(code) for rules in context.catalogue.current.values())
    return next((word for word in words if word is not None), Text(code, code))


def _did(context: Context, records: Records, row: InboxRow) -> Iterator[Text]:
    if row.patient_id is None:
        return
    told = [each for each in records.log(row.patient_id)]
    gone = taken_out(each.entry for each in told)
    log = [each.entry for each in told if each.inbox_id == row.id and each.entry.id not in gone]
    for entry in log:
        if isinstance(entry, Happened):
            word, at = word_of(context, entry.name), _at(entry.occurred_at)
            yield Text(f"hendelse: {word.nb} {at}", f"event: {word.en} {at}")
    causes = {entry.cause for entry in log if isinstance(entry, Happened)}
    caused = [task for task in records.tasks_of_patient(row.patient_id) if _base(task.cause) in causes]
    yield from _tasks(caused)
    for sent in records.outgoing_of_patient(row.patient_id):
        if _base(_cause(sent)) in causes:
            title = title_of(sent.message)
            yield Text(f"sendte {title.nb} ({OUT}{sent.id})", f"sent {title.en} ({OUT}{sent.id})")


def _tasks(tasks: Iterable[TaskRow]) -> Iterator[Text]:
    for task in tasks:
        yield Text(
            f"oppgave {task.step} {task.title_nb}: {task.status}", f"task {task.step} {task.title_en}: {task.status}"
        )


def _base(cause: str) -> str:
    return cause.split("+")[0].split("#")[0]


def _cause(row: OutgoingRow) -> str:
    try:
        return decode_decided(row.body, row.message).task.cause
    except Exception:  # a body of another kind says nothing of a cause
        return ""


# -- sent


def told_sent(context: Context, records: Records, row: OutgoingRow) -> Told:
    """Tell of a message that was decided here."""
    at = _at(row.at)
    title = titled(row.message)
    said = [Text(f"{title.nb}, besluttet {at}", f"{title.en}, decided {at}"), *_decided(context, row)]
    return Told(f"{OUT}{row.id}", row.patient_id, tuple(said), tuple(_receipts(records, row)), ())


def _decided(context: Context, row: OutgoingRow) -> Iterator[Text]:
    try:
        task = decode_decided(row.body, row.message).task
    except Exception:  # the message is told all the same
        return
    event = word_of(context, task.event)
    yield Text(f"av oppgaven {task.step}, etter {event.nb}", f"by the task {task.step}, after {event.en}")


def _receipts(records: Records, row: OutgoingRow) -> Iterator[Text]:
    state = STATES[Delivery(row.status)]
    why = f" ({row.reason})" if row.reason else ""
    yield Text(f"{state.nb}{why}; forsøk: {row.attempts}", f"{state.en}{why}; tries: {row.attempts}")
    if row.sent_at is not None:
        yield Text(f"overtatt {_at(row.sent_at)}", f"taken over {_at(row.sent_at)}")
    if row.answer_by is not None:
        yield Text(f"kvittering ventes til {_at(row.answer_by)}", f"a receipt is awaited until {_at(row.answer_by)}")
    given = given_at(records, row.patient_id, row.message_id)
    if given is not None:
        yield Text(f"gitt {_at(given)}, etter mottakerens kvittering", f"given {_at(given)}, by the receiver's receipt")


def _at(instant: datetime) -> str:
    return f"{instant.astimezone(OSLO):%d.%m.%Y %H.%M}"
