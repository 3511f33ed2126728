"""What a rule is: when a message breaks it, how gravely, and in which words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from types import MappingProxyType

from adapters.norwegian.components import Payload, TimedEvent
from adapters.norwegian.dialogue import Dialogue, Note, Request
from adapters.norwegian.discharge_letter import DischargeLetter
from adapters.norwegian.head import Head
from adapters.norwegian.logistics import Logistics
from adapters.norwegian.messages import Message, her_ids
from adapters.norwegian.people import Organisation, Person
from adapters.norwegian.rules.types import TYPES, TypeOfMessage
from adapters.norwegian.values import Moment

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


@dataclass(frozen=True)
class Subject:
    """A message under the rules; `own` are the HER-ids at which messages are received here.

    What several rules look at is found once. `accept_test` takes messages marked as test. `faults` are
    departures from the official schemas, where those are at hand.
    """

    message: Message
    raw: bytes = b""
    own: frozenset[str] = frozenset()
    accept_test: bool = False
    faults: tuple[str, ...] = ()

    @property
    def head(self) -> Head:
        """The head."""
        return self.message.head

    @cached_property
    def kind(self) -> TypeOfMessage | None:
        """What is known of the message's type, or None."""
        return TYPES.get(self.head.type)

    @cached_property
    def payload(self) -> object | None:
        """The clinical content."""
        return self.message.payload

    @property
    def care(self) -> Payload | None:
        """The clinical content when it is one of PLO."""
        return self.payload if isinstance(self.payload, Payload) else None

    @property
    def logistics(self) -> Logistics | None:
        """The clinical content when it is a logistics message."""
        return self.payload if isinstance(self.payload, Logistics) else None

    @property
    def notes_of_dialogue(self) -> tuple[Note, ...]:
        """The notes of a dialogue message."""
        return self.payload.notes if isinstance(self.payload, Dialogue) else ()

    @property
    def requests(self) -> tuple[Request, ...]:
        """The requests of a dialogue message."""
        return self.payload.requests if isinstance(self.payload, Dialogue) else ()

    @cached_property
    def status(self) -> str:
        """N, M or C; a message that does not say so is new."""
        return (self.care.status if self.care else self._of_letter()) or "N"

    def _of_letter(self) -> str:
        letter = self.payload if isinstance(self.payload, DischargeLetter) else None
        told = (letter.report.status if letter.report else None) or letter.status if letter else None
        return told.value if told else ""

    @cached_property
    def receiver_ids(self) -> tuple[str, ...]:
        """The HER-ids of the receiver and of those who get a copy."""
        parties = (self.head.receiver, *self.head.other_receivers)
        return tuple(each for party in parties for each in her_ids(party))

    @property
    def patient(self) -> Person | None:
        """The patient."""
        return self.head.patient

    def event(self, code: str) -> TimedEvent | None:
        """The first event with *code* of code system 9121."""
        return self.logistics.event(code) if self.logistics else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: its id is also the key by which a partner's settings change its severity.

    `code` is of code system 8221, said when the message is rejected. `nb` and `en` say what was
    found and what would be right, and never quote the message. `source` is where the rule is from.
    """

    id: str
    severity: str
    code: str
    nb: str
    en: str
    source: str
    is_broken: Callable[[Subject], bool]


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a message breaks, and how gravely with this partner."""

    rule: Rule
    severity: str

    @property
    def rejects(self) -> bool:
        """Whether the message is not taken for it."""
        return self.severity == "reject"


def findings(rules: Iterable[Rule], subject: Subject, agreed: Mapping[str, str]) -> tuple[Finding, ...]:
    """The rules that *subject* breaks; *agreed* maps ids of rules to reject, warn or off."""
    levels = ((rule, agreed.get(rule.id, rule.severity)) for rule in rules)
    return tuple(Finding(rule, level) for rule, level in levels if level != "off" and rule.is_broken(subject))


def organisation_of(party: object) -> Organisation | None:
    """The organisation of a sender or receiver."""
    found = getattr(party, "organisation", None)
    return found if isinstance(found, Organisation) else None


@lru_cache(maxsize=2048)
def when(moment: Moment) -> tuple[date, datetime] | None:
    """The day in Norway and the instant that *moment* is, or None when it is neither day nor instant that exists."""
    if moment.precision not in ("day", "instant"):
        return None
    try:
        return moment.day(), moment.instant()
    except ValueError:
        return None


def readable(moment: Moment | None) -> bool:
    """Whether *moment* is a day or an instant that exists."""
    return moment is not None and when(moment) is not None
