"""What a rule is: when a message breaks it, how gravely, and in which words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from types import MappingProxyType
from typing import Literal, get_args

from adapters.norwegian.components import Payload, TimedEvent
from adapters.norwegian.dialogue import Dialogue, Note, Request
from adapters.norwegian.discharge_letter import DischargeLetter
from adapters.norwegian.envelopes import once_for_each
from adapters.norwegian.head import Head
from adapters.norwegian.logistics import Logistics
from adapters.norwegian.messages import Message, her_ids
from adapters.norwegian.people import Organisation, Person
from adapters.norwegian.rules.types import TYPES, TypeOfMessage
from adapters.norwegian.values import Moment, time_told

LEVELS = ("reject", "warn", "off")
ERRORS: Mapping[str, str] = MappingProxyType(
    {
        "T01": "Ikke XML eller ikke «well formed»",
        "T02": "XML-en validerer ikke",
        "T10": "Støtter ikke meldingsformatet",
        "T99": "Annen feil på format",
        "E10": "Ugyldig meldingsidentifikator",
        "E21": "Mottaker finnes ikke hos mottakeren",
        "E31": "Pasientens fødselsnummer er feil",
        "E35": "Pasienten finnes ikke i mottakersystemet",
        "E36": "Pasienten er ikke tilstrekkelig identifisert",
        "X99": "Annen feil",
    }
)
"""Code system 8221: why a message is rejected, as far as this reader says so."""


Part = Literal["patient", "care", "logistics", "events", "notes_of_dialogue", "requests", "attachments", "faults"]
PARTS: tuple[Part, ...] = get_args(Part)
"""What rules may be about: without any of it, they are not asked."""
_parts_of: Callable[[Subject], tuple[object, ...]] = attrgetter(*PARTS)


class Subject:
    """A message under the rules; `own` are the HER-ids at which messages are received here.

    What several rules look at is found once: `kind` is what is known of the message's type, or None, and `payload` the
    clinical content; `care` is that when it is one of PLO, `logistics` when it is a logistics message, with its
    `events` and their `codes`, an empty one where there is none; `written` is when the message was, a day in Norway
    and an instant. `notes_of_dialogue` and `requests` are those of a dialogue message. `status` is N, M or C; a message
    that does not say so is new. `receiver_ids` are the HER-ids of the receiver and of those who get a copy.
    `accept_test` takes messages marked as test. `faults` are departures from the official schemas, where those are at
    hand.
    """

    __slots__ = (
        "_first",
        "accept_test",
        "attachments",
        "care",
        "codes",
        "events",
        "faults",
        "head",
        "kind",
        "logistics",
        "message",
        "notes_of_dialogue",
        "own",
        "patient",
        "payload",
        "raw",
        "received_by",
        "receiver_ids",
        "requests",
        "status",
        "written",
    )  # fmt: skip

    def __init__(
        self, message: Message, raw: bytes = b"", own: frozenset[str] = frozenset(), accept_test: bool = False,
        faults: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self.message, self.raw, self.own, self.accept_test, self.faults = message, raw, own, accept_test, faults
        self.head: Head = message.head
        self.written = when(self.head.generated_at)
        self.patient: Person | None = self.head.patient
        self.kind: TypeOfMessage | None = TYPES.get(self.head.type)
        self.attachments = message.attachments
        self._look_at(message.payload)
        parties = (self.head.receiver, *self.head.other_receivers)
        self.received_by: tuple[tuple[str, ...], ...] = tuple(her_ids(party) for party in parties)
        self.receiver_ids: tuple[str, ...] = tuple(each for ids in self.received_by for each in ids)

    def _look_at(self, payload: object | None) -> None:
        self.payload = payload
        self.care: Payload | None = payload if isinstance(payload, Payload) else None
        self.logistics: Logistics | None = payload if isinstance(payload, Logistics) else None
        self.events: tuple[TimedEvent, ...] = self.logistics.events if self.logistics else ()
        self.codes = [each.code.value if each.code else "" for each in self.events]
        self._first = {each.code.value: each for each in reversed(self.events) if each.code}
        dialogue = payload if isinstance(payload, Dialogue) else None
        self.notes_of_dialogue: tuple[Note, ...] = dialogue.notes if dialogue else ()
        self.requests: tuple[Request, ...] = dialogue.requests if dialogue else ()
        self.status: str = (self.care.status if self.care else _of_letter(payload)) or "N"

    def event(self, code: str) -> TimedEvent | None:
        """The first event with *code* of code system 9121."""
        return self._first.get(code)


def _of_letter(payload: object | None) -> str:
    letter = payload if isinstance(payload, DischargeLetter) else None
    told = (letter.report.status if letter.report else None) or letter.status if letter else None
    return told.value if told else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: its id is also the key by which a partner's settings change its severity.

    `code` is of code system 8221, said when the message is rejected. `nb` and `en` say what was
    found and what would be right, and never quote the message. `source` is where the rule is from.
    `of` names what of the subject the rule is about: without any of it, it is not broken.
    """

    id: str
    severity: str
    code: str
    nb: str
    en: str
    source: str
    is_broken: Callable[[Subject], bool]
    of: Literal["", Part] = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a message breaks, and how gravely with this partner."""

    rule: Rule
    severity: str

    @property
    def rejects(self) -> bool:
        """Whether the message is not taken for it."""
        return self.severity == "reject"


def findings(rules: tuple[Rule, ...], subject: Subject, agreed: Mapping[str, str]) -> tuple[Finding, ...]:
    """The rules that *subject* breaks; *agreed* maps ids of rules to reject, warn or off."""
    found = [
        Finding(rule, agreed.get(rule.id, rule.severity))
        for rule in _about(rules, tuple(map(bool, _parts_of(subject))))
        if rule.is_broken(subject)
    ]
    return tuple(each for each in found if each.severity != "off")


def _about(rules: tuple[Rule, ...], there: tuple[bool, ...]) -> tuple[Rule, ...]:
    """Those of *rules* that are about something that is there, by `PARTS`: found once, messages are much alike."""
    known = _chosen(rules)
    if there not in known:
        present = ("", *(part for part, is_there in zip(PARTS, there, strict=True) if is_there))
        known[there] = tuple(rule for rule in rules if rule.of in present)
    return known[there]


@once_for_each
def _chosen(rules: tuple[Rule, ...]) -> dict[tuple[bool, ...], tuple[Rule, ...]]:
    return {}


def organisation_of(party: object) -> Organisation | None:
    """The organisation of a sender or receiver."""
    found = getattr(party, "organisation", None)
    return found if isinstance(found, Organisation) else None


def when(moment: Moment | None) -> tuple[date, datetime] | None:
    """The day in Norway and the instant that *moment* is, or None when it is neither day nor instant that exists."""
    if moment is None:
        return None
    _, day, instant = time_told(moment.text)
    return (day, instant) if day and instant else None


def readable(moment: Moment | None) -> bool:
    """Whether *moment* is a day or an instant that exists."""
    return when(moment) is not None
