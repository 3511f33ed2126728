"""Handmade logs of what is hard to get right: late, taken back, merged, superseded, at the change of clocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from pathway_engine.domain.events import Act, Acted, Entry, FactValue, Happened, Voided

OSLO = ZoneInfo("Europe/Oslo")
SERVICES: Mapping[str, FactValue] = {"receives_services": True, "municipality": "5001", "district": "01"}
HEART: Mapping[str, FactValue] = {"heart_failure": True}
HOME: Mapping[str, FactValue] = {"destination": "home"}
STAYLESS = ("died", "fall_reported", "came_home", "enrolled", "gp_report_received", "services_ended")


def at(wall: str, *, fold: int = 0) -> datetime:
    """The instant of a wall time in Oslo; *fold* 1 is the second of two that the clock shows."""
    local = datetime.fromisoformat(wall).replace(tzinfo=OSLO, fold=fold)
    return local.astimezone(ZoneInfo("UTC"))


@dataclass
class Case:
    """A log in the making, in the words of who tells it."""

    entries: list[Entry] = field(default_factory=list)

    def told(
        self,
        name: str,
        when: datetime,
        facts: Mapping[str, FactValue] | None = None,
        *,
        stay: str = "VN1",
        heard: datetime | None = None,
        turn: str = "",
    ) -> Case:
        """Something happened at *when* and was written down at *heard*."""
        place = None if name in STAYLESS else stay
        cause = f"{name}/{place or '-'}{f'/{turn}' if turn else ''}"
        self.entries.append(
            Happened(
                id=self._id(),
                name=name,
                cause=cause,
                occurred_at=when,
                recorded_at=heard or when,
                stay=place,
                facts=facts or {},
                source="hand",
            )
        )
        return self  # fmt: skip

    def void(self, cause: str, when: datetime, stay: str = "VN1") -> Case:
        """What was told of *cause* did not happen."""
        self.entries.append(Voided(id=self._id(), cause=cause, recorded_at=when, stay=stay, source="hand"))
        return self

    def did(self, task: str, act: Act, when: datetime, **more: object) -> Case:
        """Kari did something to a task, named by its key."""
        self.entries.append(
            Acted(id=self._id(), task=task, act=act, occurred_at=when, recorded_at=when, performer="kari", **more)  # type: ignore[arg-type]
        )
        return self

    def _id(self) -> str:
        return f"{len(self.entries) + 1}"


def home_by(day: str, *, facts: Mapping[str, FactValue] = SERVICES, leaves: str = "13:00") -> Case:
    """Admitted a week before, ready the day before, home on *day*."""
    discharged = at(f"{day} {leaves}")
    case = Case().told("admitted", at("2026-01-05 10:00"), facts)
    return case.told("discharge_ready", at("2026-01-05 12:00"), {"expected_discharge": discharged.date()}).told(
        "discharged", discharged, HOME
    )


def hard_cases() -> dict[str, list[Entry]]:
    """Every case by name."""
    return {name: case.entries for name, case in _cases().items()}


def _cases() -> dict[str, Case]:
    return {
        **_late_and_taken_back(), **_two_stays(), **_at_the_change_of_clocks(), **_acts(), **_merged(),
    }  # fmt: skip


def _late_and_taken_back() -> dict[str, Case]:
    late = home_by("2026-09-07").told("fall_reported", at("2026-09-08 02:00"), heard=at("2026-10-20 09:00"))
    cancelled = home_by("2026-09-07").void("discharged/VN1", at("2026-09-07 18:00"))
    told_again = home_by("2026-09-07").told("discharged", at("2026-09-06 11:00"), HOME, heard=at("2026-09-09 08:00"))
    void_first = _before(Case().void("discharged/VN1", at("2026-09-08 08:00")), home_by("2026-09-07"))
    again_after_void = home_by("2026-09-07").void("discharged/VN1", at("2026-09-07 18:00"))
    again_after_void.told("discharged", at("2026-09-10 12:00"), HOME)
    latest = home_by("2026-09-07").void("latest:discharge_ready/VN1", at("2026-09-07 20:00"))
    doubled = home_by("2026-09-07")
    doubled.entries += doubled.entries[1:]
    return {
        "fall-heard-of-after-six-weeks": late, "discharge-taken-back": cancelled,
        "discharge-told-again-with-another-day": told_again, "taken-back-before-it-was-told": void_first,
        "told-anew-after-it-was-taken-back": again_after_void, "latest-readiness-taken-back": latest,
        "backwards": _backwards(home_by("2026-09-07")), "unnamed-until-told": _unknown_then_told(),
        "taken-back-admission": home_by("2026-09-07").void("admitted/VN1", at("2026-09-09 08:00")),
        "told-twice": doubled,
    }  # fmt: skip


def _before(first: Case, then: Case) -> Case:
    """Two cases as one log, each entry with an id of its own."""
    return Case([*(replace(entry, id=f"before-{entry.id}") for entry in first.entries), *then.entries])


def _backwards(case: Case) -> Case:
    case.entries.reverse()
    return case


def _unknown_then_told() -> Case:
    case = Case().told("admitted", at("2026-09-01 10:00")).told("discharged", at("2026-09-07 13:00"))
    return case.told("admitted", at("2026-09-01 10:00"), SERVICES, heard=at("2026-09-08 08:00"))


def _two_stays() -> dict[str, Case]:
    superseded = home_by("2026-09-07").told("admitted", at("2026-09-08 20:00"), SERVICES, stay="VN2")
    superseded.told("discharged", at("2026-09-09 09:00"), HOME, stay="VN1", heard=at("2026-09-09 10:00"))
    superseded.told("discharged", at("2026-09-14 12:00"), HOME, stay="VN2")
    readmitted = home_by("2026-09-07", facts={**SERVICES, **HEART})
    readmitted.told("admitted", at("2026-09-08 07:00"), stay="VN2").told(
        "discharged", at("2026-09-20 15:00"), HOME, stay="VN2"
    )
    died = home_by("2026-09-07", facts={**SERVICES, **HEART}).told("died", at("2026-09-09 04:00"), {"deceased": True})
    died.told("admitted", at("2026-09-08 22:00"), stay="VN2", heard=at("2026-09-10 09:00"))
    return {"stay-superseded": superseded, "readmitted-with-heart-failure": readmitted, "dead-then-told-of": died}


def _at_the_change_of_clocks() -> dict[str, Case]:
    return {
        "clocks-go-forward": home_by("2026-03-27", leaves="12:00").told("fall_reported", at("2026-03-29 01:30")),
        "clocks-go-forward-in-the-hour-that-is-not": home_by("2026-03-28").told(
            "fall_reported", at("2026-03-29 02:30")
        ),
        "clocks-go-back": home_by("2026-10-23").told("fall_reported", at("2026-10-24 23:30")),
        "clocks-go-back-first-of-two": home_by("2026-10-24").told("fall_reported", at("2026-10-25 02:30")),
        "clocks-go-back-second-of-two": home_by("2026-10-24").told("fall_reported", at("2026-10-25 02:30", fold=1)),
        "last-day-of-the-year": home_by("2026-12-31", leaves="23:59"),
        "at-midnight": home_by("2026-09-08", leaves="00:00"),
    }


def _acts() -> dict[str, Case]:
    visit, facts = "hph:HPH2:discharged/VN1", {**SERVICES, **HEART}
    worked = home_by("2026-09-07", facts=facts).did(visit, Act.CLAIM, at("2026-09-07 14:00"))
    worked.did(visit, Act.ANSWER, at("2026-09-08 09:00"), answers={"weight": 71.5, "next": date(2026, 9, 20)})
    worked.did(visit, Act.COMMENT, at("2026-09-08 09:05"), comment="Datteren ringte")
    worked.did(
        visit, Act.DEFER, at("2026-09-08 09:10"), until=at("2026-09-09 12:00"), reason="patient_wish",
        comment="Vil hvile",
    )  # fmt: skip
    worked.did(visit, Act.ASSIGN, at("2026-09-08 09:15"), assignee="ola", unit="west")
    worked.did(visit, Act.COMPLETE, at("2026-09-09 10:00"), answers={"pain": 3, "living_alone": True})
    held = _before(Case().did(visit, Act.COMPLETE, at("2026-09-08 10:00")), home_by("2026-09-07"))
    refused = home_by("2026-09-07").did(visit, Act.COMPLETE, at("2026-09-08 10:00"))
    refused.did(visit, Act.CLAIM, at("2026-09-08 11:00")).did(visit, Act.COMMENT, at("2026-09-08 12:00"), comment="Å!")
    given = home_by("2026-09-07").did(visit, Act.CLAIM, at("2026-09-07 15:00"))
    given.did(visit, Act.GIVE_BACK, at("2026-09-07 16:00"))
    given.did(visit, Act.NOT_APPLICABLE, at("2026-09-07 17:00"), reason="done_elsewhere")
    late = home_by("2026-09-07").did(visit, Act.COMPLETE, at("2026-09-30 10:00"))
    return {
        "worked-on-in-every-way": worked, "done-before-it-was-told": held, "done-and-then-taken": refused,
        "given-back-and-not-needed": given, "done-late": late,
    }  # fmt: skip


def _merged() -> dict[str, Case]:
    """Two records of one person, whose stays overlap, as the log of the record that is left tells them."""
    one = home_by("2026-09-07")
    for entry in home_by("2026-09-10", facts={**SERVICES, **HEART}).entries:
        assert isinstance(entry, Happened)
        one.told(entry.name, entry.occurred_at, entry.facts, stay="VN2", heard=entry.recorded_at)
    return {"two-records-of-one-person": one.told("gp_report_received", at("2026-09-20 12:00"))}
