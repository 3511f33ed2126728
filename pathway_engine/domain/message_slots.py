"""What each message type that is written can hold: its slots, what fits into each, and how it is corrected.

A slot is a place in the message that a pathway file fills from a checklist item, a fact or a fixed text. Where
it ends up in the document is the writer's knowledge (`pathway_engine/norwegian_*.py`). Sources: the HIS profiles
named in `domain/routing.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Fits(StrEnum):
    """What may fill a slot. A text takes anything that can be said in words."""

    TEXT = "text"
    FLAG = "flag"
    DATE = "date"
    ANSWER = "answer"
    PLACE = "place"


ANSWERS = ("now", "from_date", "cannot")
"""What a municipality answers to a patient who is ready."""
PLACES = (
    "home", "short_term", "nursing_home", "acute_unit", "rehabilitation", "other_hospital", "abroad", "dead", "other",
)  # fmt: skip
"""Where a patient can go."""
CODES: Mapping[Fits, tuple[str, ...]] = {Fits.ANSWER: ANSWERS, Fits.PLACE: PLACES}


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a message: `means` says in English what stands there."""

    means: str
    fits: Fits = Fits.TEXT
    required: bool = False


@dataclass(frozen=True, slots=True)
class MessageKind:
    """A message type that is written: its slots, the times of events that it tells, and the statuses of 7309 it has.

    `times` are events of the pathway: those in `needs` must have happened. `answers` are the types that it
    replies to: the newest of them is named in its ConversationRef. Without C it cannot be taken back.
    """

    slots: Mapping[str, Slot]
    times: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    statuses: str = "NC"
    answers: tuple[str, ...] = ()

    @property
    def required(self) -> tuple[str, ...]:
        """The slots without which the message is not sent."""
        return tuple(name for name, slot in self.slots.items() if slot.required)


def _text(means: str) -> Slot:
    return Slot(means)


def _must(means: str, fits: Fits = Fits.TEXT) -> Slot:
    return Slot(means, fits, required=True)


CONTACT = {"contact": _text("Who can be phoned, with the number.")}
TO = {"to": _must("The receiver: its id in the directory, or its HER-id.")}
CLINICIAN = {
    "clinician": _must("The name of the clinician who decided."),
    "clinician_hpr": _must("The HPR number of that clinician."),
}
HEALTH = {
    "critical": _text("Allergies and other critical information."),
    "diagnosis": _text("Diagnoses, in words."),
    "medication": _text("Medicines and help with them."),
}
NOTICE = {
    "status": _must("The patient's status (9145/1)."),
    "course": _must("The expected course (9145/2)."),
    "expected_discharge": _must("The expected day of discharge.", Fits.DATE),
    "needs": _text("Services that the patient will need."),
    "next_of_kin": _text("Next of kin, and children under 18."),
    **HEALTH, **CONTACT,
}  # fmt: skip
ADMITTED, READY, WITHDRAWN = "admitted", "discharge_ready", "discharge_ready_withdrawn"
REPORTS = "NMC"

KINDS: Mapping[str, MessageKind] = {
    "LOG_INNLAGT": MessageKind({**CONTACT}, (ADMITTED,), (ADMITTED,)),
    "HELSEOPPL_SOKNAD/1": MessageKind(NOTICE, (ADMITTED,), statuses="N"),
    "HELSEOPPL_SOKNAD/2": MessageKind(
        {**NOTICE, "changed": _text("What has changed since the last notice.")}, (ADMITTED,), statuses=REPORTS
    ),
    "LOG_UTSKRIVNINGSKLAR": MessageKind({**CLINICIAN, **CONTACT}, (ADMITTED, READY), (ADMITTED,)),
    "LOG_AVMELDING": MessageKind({**CLINICIAN, **CONTACT}, (ADMITTED, READY, WITHDRAWN)),
    "LOG_UTSKREVET": MessageKind(
        {"destination": _must("Where the patient went.", Fits.PLACE), **CONTACT}, ("discharged",), ("discharged",)
    ),
    "LOG_DOD": MessageKind({**TO, **CONTACT}, ("died",), ("died",)),
    "UTSKRIVNINGSRAPPORT": MessageKind(
        {
            "problem": _must("The problem at hand (9142 PROB)."), "plan": _must("The plan for follow-up (9142 OP)."),
            "summary": _must("The nurse's summary and the status at discharge (9141/12)."),
            "course": _text("Course and treatment (9142 FO)."), "practical": _text("Practical matters (9141/14)."),
            "appointment": _text("Control appointments."), "next_of_kin": _text("Next of kin."), **HEALTH, **CONTACT,
        },
        (ADMITTED, "discharged"), statuses=REPORTS,
    ),
    "INNLEGGELSESRAPPORT": MessageKind(
        {
            "reason": _must("What led to the admission (9142 AAI)."),
            "observations": _text("Observations of the last days (9141/8)."),
            "habitual": _text("How the patient functions usually (9142 HJ)."),
            "services": _text("The services that the patient has."),
            "medication_list": Slot("Whether the list of medicines has been sent.", Fits.FLAG),
            "last_dose": _text("When the last doses were given."), "infection": _text("Infection."),
            "aids": _text("Aids that the patient needs."), "what_matters": _text("What matters to the patient."),
            "limits": _text("Limits of treatment."),
            "next_of_kin": Slot("Whether next of kin have been told.", Fits.FLAG), **HEALTH, **CONTACT,
        },
        statuses=REPORTS, answers=("LOG_INNLAGT",),
    ),
    "HELSEOPPLYSNINGER_LEGE": MessageKind(
        {
            **TO, "problem": _must("The problem, and why the doctor is written to (9142 PROB)."),
            "observations": _text("Findings and measurements (9142 FU)."),
            "measures": _text("What has been done (9142 FO)."), "wish": _text("What the doctor is asked to do."),
            "what_matters": _text("What matters to the patient."), **HEALTH, **CONTACT,
        },
    ),
    "ORIENTERING_TJENESTETILBUD": MessageKind(
        {
            **TO, "service": _must("The service that is granted."), "starts_on": Slot("From which day.", Fits.DATE),
            "provider": _text("The unit that gives it."), **CONTACT,
        },
    ),
    "DIALOG_HELSEFAGLIG/7": MessageKind(
        {
            "can_receive": _must("Whether the municipality can receive the patient.", Fits.ANSWER),
            "offer_ready_on": Slot("The day from which it can.", Fits.DATE), "offer": _text("Which offer."), **CONTACT,
        },
        statuses="N", answers=("LOG_UTSKRIVNINGSKLAR",),
    ),
    "DIALOG_HELSEFAGLIG/6": MessageKind(
        {**TO, "subject": _must("What it is about."), "text": _must("The text."), **CONTACT}, statuses="N"
    ),
    "DIALOG_FORESPORSEL": MessageKind(
        {**TO, "question": _must("The question."), **CONTACT}, statuses="N"
    ),
    "DIALOG_SVAR": MessageKind(
        {"text": _must("The answer."), **CONTACT}, statuses="N", answers=("DIALOG_FORESPORSEL",)
    ),
    "DIALOG_AVVIK": MessageKind(
        {**TO, "text": _must("What is wrong with the message."), **CONTACT}, statuses="N"
    ),
}  # fmt: skip
"""By the name that a pathway file uses: the type of code system 8279, with the kind of content behind a slash."""
