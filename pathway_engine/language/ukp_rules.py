"""Files of payment rules, read with the place of every mistake: policies, daily rates and legal clocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal
from importlib.resources import files as resources
from importlib.resources.abc import Traversable
from pathlib import Path

from pathway_engine.domain.definition import Duration, Text, Unit
from pathway_engine.domain.legal_clocks import SPANS
from pathway_engine.domain.overstay_rules import LegalClock, Policy, Rate, RateTable, UkpRules
from pathway_engine.domain.stay_facts import Sector
from pathway_engine.language.findings import DefinitionErrors, Finding, errors_among
from pathway_engine.language.form import Report
from pathway_engine.language.schema import SEVERITIES
from pathway_engine.language.ukp_form import UkpForm
from pathway_engine.language.yaml_reader import LARGEST_FILE_BYTES, read_yaml

FILES = ("policies.yaml", "rates.yaml", "clocks.yaml")
_UNREAD = date(1, 1, 1)
_AMOUNT = r"\d{1,6}(\.\d{2})?"
_COUNT = r"\d{1,3}"


def load_ukp_rules(own: Path | None = None) -> UkpRules:
    """Return the rules that ship, each file replaced by the one of its name in the folder *own*.

    Raises DefinitionErrors with all that is wrong in any of them.
    """
    shipped = resources("pathways") / "rules" / "ukp"
    return read_ukp_rules({name: _content(name, shipped, own) for name in FILES})


def _content(name: str, shipped: Traversable, own: Path | None) -> bytes:
    chosen: Traversable = own / name if own is not None and (own / name).is_file() else shipped / name
    with chosen.open("rb") as file:
        return file.read(LARGEST_FILE_BYTES + 1)


def read_ukp_rules(files: Mapping[str, bytes | str]) -> UkpRules:
    """Return the rules that the three *files* hold, by name; raise DefinitionErrors with all that is wrong."""
    findings: list[Finding] = []
    policies, rates, clocks = (_listed(name, files[name], findings) for name in FILES)
    found = UkpRules(
        tuple(_policy(form) for form in policies),
        RateTable(tuple(_rate(form) for form in rates)),
        tuple(_clock(form) for form in clocks),
    )
    _ids_once(clocks)
    _no_overlap(rates, [(rate.valid_from, rate.valid_to) for rate in found.rates.rates], lambda one, other: True)
    of_same = [policy.municipality for policy in found.policies]
    validity = [(policy.valid_from, policy.valid_to or date.max) for policy in found.policies]
    _no_overlap(policies, validity, lambda one, other: of_same[one] == of_same[other])
    if errors_among(findings):
        raise DefinitionErrors(findings)
    return found


def _listed(name: str, text: bytes | str, findings: list[Finding]) -> tuple[UkpForm, ...]:
    kind = name.removesuffix(".yaml")
    singular = {"policies": "policy", "rates": "rate", "clocks": "clock"}
    try:
        root = read_yaml(text, name)
    except DefinitionErrors as errors:
        findings += errors.findings
        return ()
    return UkpForm(root, f"{kind} file", Report(name, findings)).parts(kind, singular[kind])


def _policy(form: UkpForm) -> Policy:
    sectors = UkpForm(form.table.get("sectors"), "sectors", form.report)
    covered = {sector: sectors.day(sector.value) for sector in Sector}
    return Policy(
        id=form.name("id"), version=form.text("version"),
        municipality=form.digits("municipality", r"\d{4}", 'a municipality number in quotes, as "5001"') or None,
        valid_from=form.day("valid_from") or _UNREAD, valid_to=form.day("valid_to"),
        source=form.text("source"), verified=form.flag("verified", False),
        sectors={sector: since for sector, since in covered.items() if since is not None},
        stay_municipality_pays_from=form.day("stay_municipality_pays_from") or date(2019, 1, 1),
        time_zone=form.zone("time_zone"),
        grace_days=_count(form, "grace_days", 0),
        cut_off=form.wall_time("cut_off", time()) if form.has("cut_off") else None,
        include_first_day=form.flag("include_first_day", True),
        include_collection_day=form.flag("include_collection_day", False),
        early_notice_within=_count(form, "early_notice_within_hours", 24),
        asks_for_early_notice=form.flag("asks_for_early_notice", False),
        late_notice_blocks=form.flag("late_notice_blocks", False),
        silence_counts_as_cannot=form.flag("silence_counts_as_cannot", True),
        dated_offer_counts=form.flag("dated_offer_counts", True),
        asks_for_information=form.flag("asks_for_information", True),
        unknown_criteria_block=form.flag("unknown_criteria_block", False),
    )  # fmt: skip


def _count(form: UkpForm, key: str, otherwise: int) -> int:
    return int(form.digits(key, _COUNT, "a whole number from 0 to 999") or otherwise)


def _rate(form: UkpForm) -> Rate:
    amount = form.digits("kroner", _AMOUNT, 'kroner in quotes, as "5745" or "5745.50"')
    first, last = form.day("valid_from"), form.day("valid_to")
    if first and last and last < first:
        form.report.add(form.node("valid_to"), f"valid_to {last}", f"{first} or a later day", "validity")
    return Rate(
        first or _UNREAD, last or _UNREAD, int(Decimal(amount or "0") * 100), form.text("source"),
        form.flag("verified", False),
    )  # fmt: skip


def _clock(form: UkpForm) -> LegalClock:
    return LegalClock(
        id=form.name("id"), times=form.choice("times", tuple(SPANS)), title=_both(form, "title"),
        within=form.duration("within") or Duration(0, Unit.DAYS), says=_both(form, "says"),
        severity=form.choice("severity", SEVERITIES), basis=form.text("basis"), source=form.text("source"),
        verified=form.flag("verified", False),
    )  # fmt: skip


def _both(form: UkpForm, key: str) -> Text:
    return form.both(key) if form.has(key) else Text("", "")


def _ids_once(forms: tuple[UkpForm, ...]) -> None:
    seen: set[str] = set()
    for form in forms:
        name = form.text("id")
        if name in seen:
            form.report.add(form.node("id"), f"the id {name} twice", "each id once", "id-twice")
        seen.add(name)


def _no_overlap(
    forms: tuple[UkpForm, ...], validity: list[tuple[date, date]], rivals: Callable[[int, int], bool]
) -> None:
    """No day may have two rates, or two policies of the same municipality."""
    for this, form in enumerate(forms):
        for other in range(this):
            (first, last), (begins, ends) = validity[this], validity[other]
            if _UNREAD not in (first, begins) and first <= ends and begins <= last and rivals(this, other):
                found, right = f"{first}, which another holds for too", "validities that do not overlap"
                form.report.add(form.node("valid_from"), found, right, "overlap")
