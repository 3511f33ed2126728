"""The stays of a patient, folded from the log: only what counts after revisions and cancellations is seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime

from pathway_engine.domain.events import Act, Acted, Entry, FactValue, Happened
from pathway_engine.domain.settlement import Told, settle, told_first
from pathway_engine.domain.stay_facts import Answer, Ended, Readiness, Reply, Sector, StayFacts

_REPLIES = {each.value: each for each in Reply}
_SECTORS: Mapping[str, Sector | None] = {each.value: each for each in Sector}
ADMISSION_REPORT = "INNLEGGELSESRAPPORT"
DISCHARGE_REPORT = "UTSKRIVNINGSRAPPORT"
RECEIPTED = "receipt_received"
Answers = Mapping[str, FactValue]


def stays_told(entries: Iterable[Entry], sends: Mapping[str, str] | None = None) -> tuple[StayFacts, ...]:
    """Return the facts of every stay that the log tells of, in the order in which they begin.

    *sends* names the message that a completed step sends, by ``pathway:step``. When the municipality was told of
    something is when the sender first wrote it down; the order of *entries* does not matter.
    """
    log = list(entries)
    settled = settle(log)
    folding = _Folding(told_first(log), sends or {})
    folding.know_stays(settled)
    for told in settled:
        if isinstance(told, Acted):
            folding.act(told)
        else:
            folding.event(told)
    return tuple(folding.stays.values())


class _Folding:
    """The stays in the making, and whose stay each cause and task belongs to."""

    def __init__(self, told_at: Mapping[str, datetime], sends: Mapping[str, str]) -> None:
        self.stays: dict[str, StayFacts] = {}
        self._told_at = told_at
        self._sends = sends
        self._stay_of: dict[str, str] = {}
        self._answers: dict[str, Answers] = {}
        self._done: set[str] = set()
        self._unreceipted: list[tuple[str, int, str]] = []

    def know_stays(self, log: Iterable[Told]) -> None:
        """Learn whose each cause is first: what was done may lie before a time that was corrected."""
        told = (each for each in log if isinstance(each, Happened))
        self._stay_of = {event.cause: event.stay for event in told if event.stay is not None}

    # -- what happened

    def event(self, event: Happened) -> None:
        """Take an event: one without a stay belongs to the stay that began last."""
        if event.name == RECEIPTED:
            self._given(event)
            return
        if event.stay is None and event.name == "died":
            self._died(event)
            return
        stay = event.stay or next(reversed(self.stays), None)
        if stay is None:
            return
        self._stay_of[event.cause] = stay
        if event.name == "admitted":
            self._end_waiting(event)
        facts = _with_told(self.stays.get(stay) or StayFacts(stay=stay), event)
        self.stays[stay] = _after(facts, event, self._told_at[event.cause])
        if "can_receive" in event.facts:
            self._answered(stay, event.occurred_at, event.facts)

    def _died(self, event: Happened) -> None:
        for stay, facts in self.stays.items():
            self.stays[stay] = _after(facts, event, event.recorded_at)

    def _end_waiting(self, event: Happened) -> None:
        """A formal admission, here or elsewhere, ends readiness from that day; earlier days stay payable."""
        for stay, facts in self.stays.items():
            if facts.left_at is None:
                self.stays[stay] = _readiness_ended(facts, event.occurred_at, Ended.READMITTED)

    # -- what people did

    def act(self, acted: Acted) -> None:
        """Take what a person did: a completed checklist that says whether the municipality can receive is an answer."""
        if acted.task in self._done or acted.act not in (Act.ANSWER, Act.COMPLETE):
            return
        answers = self._answers[acted.task] = {**self._answers.get(acted.task, {}), **acted.answers}
        stay = self._stay_of_task(acted.task)
        if acted.act is not Act.COMPLETE or stay is None:
            return
        self.stays.setdefault(stay, StayFacts(stay=stay))
        self._done.add(acted.task)
        if "can_receive" in answers:
            self._answered(stay, acted.occurred_at, answers)
            self._awaits_receipt(stay, acted.task)
        if self._sends.get(_step_of(acted.task), "").startswith(ADMISSION_REPORT):
            facts = self.stays[stay]
            self.stays[stay] = replace(facts, admission_report_at=facts.admission_report_at or acted.occurred_at)

    def _awaits_receipt(self, stay: str, task: str) -> None:
        message = self._sends.get(_step_of(task), "")
        answers = self.stays[stay].answers
        if message and answers:
            self._unreceipted.append((stay, len(answers) - 1, message))

    def _given(self, event: Happened) -> None:
        """An answer is given when the hospital wrote its positive receipt; receipts come in the order of answers."""
        named = event.facts.get("receipted_message")
        if named == DISCHARGE_REPORT and self.stays:
            last = next(reversed(self.stays))
            self.stays[last] = _reported(self.stays[last], event.occurred_at)
        found = next((each for each in self._unreceipted if each[2] == named), None)
        if found is None:
            return
        self._unreceipted.remove(found)
        stay, index, _ = found
        answers = list(self.stays[stay].answers)
        answers[index] = replace(answers[index], at=event.occurred_at)
        self.stays[stay] = replace(self.stays[stay], answers=tuple(answers))

    def _stay_of_task(self, key: str) -> str | None:
        """A task's key is ``pathway:step:cause``; what follows a step or comes again adds to the cause."""
        cause = key.split(":", 2)[-1]
        while cause not in self._stay_of and (cut := max(cause.rfind("+"), cause.rfind("#"))) > 0:
            cause = cause[:cut]
        return self._stay_of.get(cause)

    def _answered(self, stay: str, at: datetime, said: Answers) -> None:
        reply, ready_on = said["can_receive"], said.get("offer_ready_on")
        if reply in _REPLIES:
            day = ready_on if isinstance(ready_on, date) else None
            facts = self.stays[stay]
            self.stays[stay] = replace(facts, answers=(*facts.answers, Answer(at, _REPLIES[str(reply)], day)))


def _step_of(key: str) -> str:
    return ":".join(key.split(":", 2)[:2])


def _with_told(facts: StayFacts, event: Happened) -> StayFacts:
    """What messages say of the stay as a whole; the last word counts."""
    said = event.facts
    return replace(
        facts,
        sector=_SECTORS.get(_text(said, "sector") or "", facts.sector),
        criteria_complete=_flag(said, "criteria_complete", facts.criteria_complete),
        follow_up_begun=_flag(said, "follow_up_begun", facts.follow_up_begun),
        stay_municipality=_text(said, "stay_municipality") or facts.stay_municipality,
        registered_municipality=_text(said, "municipality") or facts.registered_municipality,
    )


def _flag(said: Answers, name: str, before: bool | None) -> bool | None:
    value = said.get(name)
    return value if isinstance(value, bool) else before


def _text(said: Answers, name: str) -> str | None:
    value = said.get(name)
    return value if isinstance(value, str) else None


def _after(facts: StayFacts, event: Happened, told_at: datetime) -> StayFacts:
    at = event.occurred_at
    match event.name:
        case "admitted":
            notified_at = facts.notified_admission_at or told_at
            return replace(facts, admitted_at=facts.admitted_at or at, notified_admission_at=min(notified_at, told_at))
        case "need_reported":
            first = min(facts.notified_admission_at or told_at, told_at)
            return replace(facts, early_notice_at=facts.early_notice_at or told_at, notified_admission_at=first)
        case "discharge_ready":
            return _ready(facts, at, told_at)
        case "discharge_ready_withdrawn":
            return _readiness_ended(facts, at, Ended.WITHDRAWN)
        case "transfer_ready":
            return replace(facts, transfer_ready_at=at)
        case "medication_list_received":
            return replace(facts, information_sent_at=facts.information_sent_at or at)
        case "discharge_report_received":
            return _reported(facts, at)
        case "discharged":
            died_at = at if event.facts.get("destination") == "dead" else None
            return replace(facts, discharged_at=facts.discharged_at or at, died_at=facts.died_at or died_at)
        case "died":
            is_over = facts.left_at is not None and facts.left_at < at
            return facts if is_over else replace(facts, died_at=facts.died_at or at)
        case _:
            return facts


def _reported(facts: StayFacts, at: datetime) -> StayFacts:
    """The discharge report was there: received here, or receipted by the municipality that we sent it to."""
    sent_at = facts.information_sent_at or at
    return replace(facts, information_sent_at=sent_at, discharge_report_at=facts.discharge_report_at or at)


def _ready(facts: StayFacts, at: datetime, told_at: datetime) -> StayFacts:
    """Told again while it stands, readiness began when it was told first."""
    if facts.readiness and facts.readiness[-1].ended_at is None:
        return facts
    return replace(facts, readiness=(*facts.readiness, Readiness(at, told_at)))


def _readiness_ended(facts: StayFacts, at: datetime, by: Ended) -> StayFacts:
    if not facts.readiness or facts.readiness[-1].ended_at is not None:
        return facts
    ended = replace(facts.readiness[-1], ended_at=at, ended_by=by)
    return replace(facts, readiness=(*facts.readiness[:-1], ended))
