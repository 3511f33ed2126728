"""The rules of payment for discharge-ready patients as data: versioned policies, and daily rates by date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from pathway_engine.domain.definition import Duration, Text
from pathway_engine.domain.norway import TIME_ZONE
from pathway_engine.domain.stay_facts import Sector


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How waiting days are counted, for stays whose first day of readiness lies in the validity (both days in).

    `municipality` is the one whose local agreement it is; None is the national policy. `grace_days` are not counted at
    the beginning; a notice at or after `cut_off` (a wall time) counts from the next day. `include_first_day` is the day
    of the notice, `include_collection_day` the day of discharge or death. `early_notice_within` is how long after the
    admission, or after the need was known; `asks_for_early_notice` says that the message of admission does not do.
    `dated_offer_counts` lets an answer with a date end payment on that date; else only the word that it can receive
    now does.
    """

    id: str
    version: str
    valid_from: date
    valid_to: date | None
    source: str
    verified: bool
    sectors: Mapping[Sector, date]
    municipality: str | None = None
    time_zone: str = TIME_ZONE
    grace_days: int = 0
    cut_off: time | None = None
    include_first_day: bool = True
    include_collection_day: bool = False
    early_notice_within: int = 24
    asks_for_early_notice: bool = False
    late_notice_blocks: bool = False
    silence_counts_as_cannot: bool = True
    dated_offer_counts: bool = True
    asks_for_information: bool = True
    unknown_criteria_block: bool = False
    stay_municipality_pays_from: date = date(2019, 1, 1)

    def local(self, instant: datetime) -> datetime:
        """The wall time of *instant* where days are counted."""
        return instant.astimezone(ZoneInfo(self.time_zone))

    def holds_on(self, day: date) -> bool:
        """Whether *day* lies in the policy's validity."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Rate:
    """What a day costs, in øre, on each day from `valid_from` to `valid_to`, both included."""

    valid_from: date
    valid_to: date
    ore: int
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class RateTable:
    """Daily rates; a day without one is not priced, and never guessed."""

    rates: tuple[Rate, ...] = ()

    def on(self, day: date) -> Rate | None:
        """The rate of *day*, or None."""
        return next((rate for rate in self.rates if rate.valid_from <= day <= rate.valid_to), None)


@dataclass(frozen=True, slots=True)
class LegalClock:
    """A time limit: *within* so long of what starts it, by which law or agreement.

    `id` names what is timed; see `legal_clocks.SPANS`. `severity` is law, agreement, guideline or local.
    """

    id: str
    times: str
    title: Text
    within: Duration
    says: Text
    severity: str
    basis: str
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class UkpRules:
    """Everything that an account is made by."""

    policies: tuple[Policy, ...]
    rates: RateTable
    clocks: tuple[LegalClock, ...] = ()

    def policy(self, day: date, municipality: str | None) -> Policy | None:
        """The policy of a stay that became ready on *day*: the municipality's own, else the national one."""
        holding = [policy for policy in self.policies if policy.holds_on(day)]
        own = [policy for policy in holding if municipality and policy.municipality == municipality]
        return next(iter(own or [policy for policy in holding if policy.municipality is None]), None)
