"""What is known of one hospital stay that matters for payment and legal clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Sector(StrEnum):
    """Which kind of specialist care a stay is: somatic, mental health (PHV), substance use (TSB)."""

    SOMATIC = "somatic"
    PHV = "phv"
    TSB = "tsb"


class Reply(StrEnum):
    """What the municipality answered: it can receive now, from a date, or cannot."""

    NOW = "now"
    FROM_DATE = "from_date"
    CANNOT = "cannot"


@dataclass(frozen=True, slots=True)
class Answer:
    """The municipality's answer and when it was given; `ready_on` is the day it said, if it said one."""

    at: datetime
    reply: Reply
    ready_on: date | None = None


class Ended(StrEnum):
    """How a time of readiness ended other than by the patient's leaving."""

    WITHDRAWN = "withdrawn"
    READMITTED = "readmitted"


@dataclass(frozen=True, slots=True)
class Readiness:
    """One time of readiness: since when (2), when the municipality was told (3), and how it ended (4)."""

    ready_at: datetime
    notified_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: Ended | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StayFacts:
    """One hospital stay; instants are aware and in UTC, None means that nobody told.

    `notified_admission_at` (1) is when the municipality was told of the admission by any message,
    `early_notice_at` when by the early notice itself, `need_known_at` when the need for services was known if later
    than the admission. `answers` (6, 7) are in time order. `transfer_ready_at` (12) is exported and decides nothing.
    `criteria_complete` is whether the record shows what § 9 asks for, `follow_up_begun` the two further conditions
    of PHV and TSB. `information_sent_at` is when the discharge letter or patient information was sent first.
    """

    stay: str
    admitted_at: datetime | None = None
    need_known_at: datetime | None = None
    notified_admission_at: datetime | None = None
    early_notice_at: datetime | None = None
    readiness: tuple[Readiness, ...] = ()
    answers: tuple[Answer, ...] = ()
    transfer_ready_at: datetime | None = None
    criteria_complete: bool | None = None
    follow_up_begun: bool | None = None
    information_sent_at: datetime | None = None
    admission_report_at: datetime | None = None
    discharge_report_at: datetime | None = None
    discharged_at: datetime | None = None
    died_at: datetime | None = None
    sector: Sector | None = None
    stay_municipality: str | None = None
    registered_municipality: str | None = None

    @property
    def resides_in(self) -> str | None:
        """The municipality where the patient stays: the registered one unless another was told."""
        return self.stay_municipality or self.registered_municipality

    @property
    def left_at(self) -> datetime | None:
        """When the patient was discharged or died, whichever came first."""
        return min((at for at in (self.discharged_at, self.died_at) if at is not None), default=None)

    @property
    def begins_at(self) -> datetime | None:
        """The first instant that is known of the stay."""
        told = (self.admitted_at, *(each.ready_at for each in self.readiness), self.left_at, self.early_notice_at)
        return min((at for at in told if at is not None), default=None)


NPR_CODES = ("1", "2", "3", "4", "6", "7", "12")
"""Codes of the patient register's time stamps that concern waiting for the municipality."""


def npr_times(facts: StayFacts) -> tuple[tuple[str, datetime], ...]:
    """Return the stay's time stamps by code, in time order; a code may come several times."""
    stamps = [("1", facts.notified_admission_at), ("12", facts.transfer_ready_at)]
    for each in facts.readiness:
        stamps += [("2", each.ready_at), ("3", each.notified_at)]
        if each.ended_by is Ended.WITHDRAWN:
            stamps.append(("4", each.ended_at))
    stamps += [("6" if answer.reply is Reply.CANNOT else "7", answer.at) for answer in facts.answers]
    known = [(code, at) for code, at in stamps if at is not None]
    return tuple(sorted(known, key=lambda stamp: (stamp[1], NPR_CODES.index(stamp[0]))))
