"""Pasientlogistikk: admitted, ready for discharge, no longer ready, discharged, dead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from adapters.norwegian.binding import Namespaces, OneOf, many, part
from adapters.norwegian.components import DischargedTo, InformationGivenList, Payload, TimedEvent


@dataclass(frozen=True, slots=True)
class OneEvent:
    """MeldingInnlagtPasient and OrienteringOmDod: one event."""

    xmlns: ClassVar[Namespaces] = "po"
    event: TimedEvent | None = part("TidsfestetHendelse", required=True)


@dataclass(frozen=True, slots=True)
class SeveralEvents:
    """MeldingUtskrivningsklarPasient and AvmeldingUtskrivningsklarPasient: the stay's events so far."""

    xmlns: ClassVar[Namespaces] = "po"
    events: tuple[TimedEvent, ...] = many("TidsfestetHendelse", required=True)


@dataclass(frozen=True, slots=True)
class Discharged:
    """MeldingOmUtskrevetPasient: where to, and when."""

    xmlns: ClassVar[Namespaces] = "po"
    to: DischargedTo | None = part("UtskrevetTil", required=True)
    event: TimedEvent | None = part("TidsfestetHendelse", required=True)
    information: InformationGivenList | None = part("InfoInformasjonGitt")


@dataclass(frozen=True, slots=True)
class Logistics(Payload):
    """The payload of the five logistics messages; exactly one of the forms is given."""

    one_of: ClassVar[OneOf] = OneOf(("death", "discharged", "ready", "withdrawn", "admitted"))
    death: OneEvent | None = part("OrienteringOmDod", ns="payload")
    discharged: Discharged | None = part("MeldingOmUtskrevetPasient", ns="payload")
    ready: SeveralEvents | None = part("MeldingUtskrivningsklarPasient", ns="payload")
    withdrawn: SeveralEvents | None = part("AvmeldingUtskrivningsklarPasient", ns="payload")
    admitted: OneEvent | None = part("MeldingInnlagtPasient", ns="payload")

    @property
    def events(self) -> tuple[TimedEvent, ...]:
        """The events of whichever form is given, in their order."""
        several = self.ready or self.withdrawn
        if several:
            return several.events
        single = self.admitted or self.discharged or self.death
        return (single.event,) if single and single.event else ()

    def event(self, code: str) -> TimedEvent | None:
        """Return the first event with *code* of code system 9121."""
        return next((each for each in self.events if each.code and each.code.value == code), None)
