"""Accounts as rows: for people in bokmål or English, as JSON, and as CSV that a spreadsheet takes as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pathway_engine.cli.program import local
from pathway_engine.csv_text import csv_text
from pathway_engine.domain.norway import OSLO
from pathway_engine.domain.overstay_reasons import WHY_TEXTS, Reason
from pathway_engine.domain.stay_facts import npr_times
from pathway_engine.language.findings import without_identity_numbers

if TYPE_CHECKING:
    from datetime import timedelta

    from pathway_engine.domain.definition import Text
    from pathway_engine.domain.legal_clocks import Verdict
    from pathway_engine.domain.overstay import WaitingDay
    from pathway_engine.service.accounts import StayAccount

Tongue = Literal["nb", "en"]
WORDS = {
    "nb": {
        "head": ["pasient", "opphold", "kommune", "status", "døgn", "beløp", "hvorfor"],
        "days": ["dag", "betales", "hvorfor", "sats", "betaler"], "clocks": ["frist", "status", "innen", "grunnlag"],
        "payable": "betales", "not_priced": "ikke priset", "not_payable": "betales ikke", "yes": "ja", "no": "nei",
        "met": "holdt", "missed": "brutt med {0}", "open": "åpen", "lapsed": "bortfalt", "unverified": "ikke bekreftet",
        "sum": "Sum: {0} døgn, {1}; {2} opphold ikke priset", "none": "Ingen opphold.", "hours": "{0} t {1} min",
    },
    "en": {
        "head": ["patient", "stay", "municipality", "status", "days", "amount", "why"],
        "days": ["day", "payable", "why", "rate", "payer"], "clocks": ["limit", "status", "by", "basis"],
        "payable": "payable", "not_priced": "not priced", "not_payable": "not payable", "yes": "yes", "no": "no",
        "met": "met", "missed": "missed by {0}", "open": "open", "lapsed": "lapsed", "unverified": "not verified",
        "sum": "Total: {0} days, {1}; {2} stays not priced", "none": "No stays.", "hours": "{0} h {1} min",
    },
}  # fmt: skip
CODES = {"1": "admission notified", "2": "ready", "3": "readiness notified", "4": "withdrawn", "6": "cannot receive",
         "7": "can receive", "12": "ready for transfer"}  # fmt: skip
ACCOUNT_HEAD = ["patient_id", "stay", "municipality", "sector", "status", "first_day", "last_day", "payable_days",
                "amount_kroner", "policy", "reasons", "remarks"]  # fmt: skip
NPR_HEAD = ["patient_id", "stay", "municipality", "sector", "code", "meaning", "time"]


# -- for people


def summary(found: Sequence[StayAccount], tongue: Tongue) -> list[list[str]]:
    """One row for each stay: days, amount, and why nothing is payable or what is to be known."""
    return [_summary_row(each, tongue) for each in found]


def _summary_row(each: StayAccount, tongue: Tongue) -> list[str]:
    account, words = each.account, WORDS[tongue]
    said = " ".join(pick(reason.text, tongue) for reason in account.reasons or account.remarks)
    return [
        each.patient_id, _stay(each), account.facts.resides_in or "–", str(words[account.status]),
        str(len(account.payable)), money(account.amount_ore, tongue), said,
    ]  # fmt: skip


def total(found: Sequence[StayAccount], tongue: Tongue) -> str:
    """What all stays make together, and how many could not be priced."""
    priced = sum(each.account.amount_ore or 0 for each in found)
    days = sum(len(each.account.payable) for each in found)
    unpriced = sum(each.account.status == "not_priced" for each in found)
    return str(WORDS[tongue]["sum"]).format(days, money(priced, tongue), unpriced)


def day_rows(days: Iterable[WaitingDay], tongue: Tongue) -> list[list[str]]:
    """One row for each day of waiting."""
    words = WORDS[tongue]
    return [
        [
            f"{day.day:%d.%m.%Y}", str(words["yes" if day.payable else "no"]), pick(WHY_TEXTS[day.why], tongue),
            money(day.rate.ore if day.rate else None, tongue), day.payer or "–",
        ]
        for day in days
    ]  # fmt: skip


def clock_rows(clocks: Iterable[Verdict], tongue: Tongue) -> list[list[str]]:
    """One row for each limit that ran."""
    return [_clock_row(each, tongue) for each in clocks]


def _clock_row(each: Verdict, tongue: Tongue) -> list[str]:
    words, clock = WORDS[tongue], each.clock
    status = str(words[each.kept.value]).format(_long(each.by, tongue))
    basis = clock.basis if clock.verified else f"{clock.basis} ({words['unverified']})"
    return [pick(clock.title, tongue), status, local(each.due_at), f"{pick(clock.says, tongue)}; {basis}"]


def _long(by: timedelta, tongue: Tongue) -> str:
    minutes = int(by.total_seconds()) // 60
    return str(WORDS[tongue]["hours"]).format(minutes // 60, minutes % 60)


def money(ore: int | None, tongue: Tongue) -> str:
    """Kroner as people write them; a dash for none."""
    if ore is None:
        return "–"
    text = f"{ore // 100:,}.{ore % 100:02}"
    return f"{text} kr" if tongue == "en" else text.replace(",", " ").replace(".", ",") + " kr"


def pick(text: Text, tongue: Tongue) -> str:
    """The half of a text that is in the language asked for."""
    return text.nb if tongue == "nb" else text.en


def _stay(each: StayAccount) -> str:
    return without_identity_numbers(each.account.facts.stay)


# -- for programs


def shown(each: StayAccount) -> dict[str, Any]:
    """A stay as JSON: amounts in øre, instants in UTC."""
    account = each.account
    return {
        "patient_id": each.patient_id, "stay": _stay(each), "municipality": account.facts.resides_in,
        "sector": account.facts.sector, "status": account.status, "payable_days": len(account.payable),
        "amount_ore": account.amount_ore, "policy": _policy(each),
        "reasons": [_told(reason) for reason in account.reasons], "remarks": [_told(each) for each in account.remarks],
        "days": [_day(day) for day in account.days],
        "times": [{"code": code, "at": at} for code, at in npr_times(account.facts)],
        "clocks": [_clock(verdict) for verdict in each.clocks],
    }  # fmt: skip


def _policy(each: StayAccount) -> str:
    policy = each.account.policy
    return "" if policy is None else f"{policy.id} {policy.version}"


def _told(reason: Reason) -> dict[str, str]:
    return {"code": reason.code, "nb": reason.text.nb, "en": reason.text.en}


def _day(day: WaitingDay) -> dict[str, Any]:
    rate = day.rate
    return {
        "day": day.day, "payable": day.payable, "why": day.why, "rate_ore": rate.ore if rate else None,
        "rate_verified": rate.verified if rate else None, "payer": day.payer,
    }  # fmt: skip


def _clock(each: Verdict) -> dict[str, Any]:
    clock = each.clock
    return {
        "id": clock.id, "kept": each.kept, "since": each.span.since, "done_at": each.span.done_at,
        "due_at": each.due_at, "missed_by_minutes": int(each.by.total_seconds()) // 60, "severity": clock.severity,
        "basis": clock.basis, "verified": clock.verified,
    }  # fmt: skip


# -- for spreadsheets


def account_csv(found: Sequence[StayAccount]) -> str:
    """One line for each stay."""
    return csv_text([ACCOUNT_HEAD, *(_account_line(each) for each in found)])


def _account_line(each: StayAccount) -> list[str]:
    account = each.account
    days = [day.day.isoformat() for day in account.payable]
    ore = account.amount_ore
    return [
        *_who(each), account.status, *(days[:1] or [""]), *(days[-1:] or [""]), str(len(days)),
        "" if ore is None else f"{ore // 100}.{ore % 100:02}", _policy(each),
        " ".join(reason.code for reason in account.reasons), " ".join(reason.code for reason in account.remarks),
    ]  # fmt: skip


def npr_csv(found: Sequence[StayAccount]) -> str:
    """One line for each time stamp of the patient register's codes, local times with their offset."""

    zone = OSLO
    lines = [
        [*_who(each), code, CODES[code], at.astimezone(zone).isoformat(timespec="seconds")]
        for each in found
        for code, at in npr_times(each.account.facts)
    ]
    return csv_text([NPR_HEAD, *lines])


def _who(each: StayAccount) -> list[str]:
    facts = each.account.facts
    return [each.patient_id, _stay(each), facts.resides_in or "", facts.sector or ""]
