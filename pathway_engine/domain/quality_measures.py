"""The quality figures by name: what is counted, of what, and from where; data, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pathway_engine.domain.definition import Text

LISTS: Mapping[str, Text] = {
    "HPH0": Text("Utskrivelse fra sykehus", "Discharge from hospital"),
    "HPH1": Text("Forberedelse av hjemkomst", "Prepare the homecoming"),
    "HPH2": Text("Strukturert oppfølging", "Structured follow-up"),
    "HPH3": Text("Time hos fastlege", "GP appointment"),
    "HPH5": Text("Fire-ukers samtale", "Four-week review"),
}
FOUR_LISTS = ("HPH0", "HPH2", "HPH3", "HPH5")
"""The main checklists 1 to 4 of the PaTH trial."""

TO_BEAT = 0.36
"""The share of the trial's patients with three of the four (10.1186/s12913-017-2206-3)."""


class Kind(StrEnum):
    """How observations become a figure."""

    SHARE = "share"
    SUM = "sum"
    MEDIAN = "median"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A figure; `up_is_good` says which way is better, `is_balancing` that it watches for harm done by the others."""

    id: str
    kind: Kind
    title: Text
    numerator: Text
    denominator: Text
    source: Text
    up_is_good: bool = True
    is_balancing: bool = False
    goal: float | None = None


TASKS = Text("Oppgavene i forløpet hph", "The tasks of the pathway hph")
STAYS = Text(
    "Sykehusets meldinger i pasientens logg, etter rettelser", "The hospital's messages in the patient's log, corrected"
)
DUE = Text(
    "Sjekklister med frist i måneden, uten avlyste og uten dem som er satt til ikke aktuell",
    "Checklists that fell due in the month, without those cancelled or set to not applicable",
)
LEFT_ALIVE = Text("Utskrivninger i måneden, uten dødsfall", "Discharges in the month, without deaths")


def _of_list(step: str, title: Text) -> tuple[Measure, Measure]:
    done = Measure(
        id=f"done_{step}", kind=Kind.SHARE, source=TASKS, denominator=DUE,
        title=Text(f"{title.nb} ({step}): gjort", f"{title.en} ({step}): done"),
        numerator=Text("Fullført, også etter fristen", "Completed, also after the deadline"),
    )  # fmt: skip
    in_time = Measure(
        id=f"in_time_{step}", kind=Kind.SHARE, source=TASKS, denominator=DUE,
        title=Text(f"{title.nb} ({step}): gjort i tide", f"{title.en} ({step}): done in time"),
        numerator=Text("Fullført innen fristen", "Completed by the deadline"),
    )  # fmt: skip
    return done, in_time


MEASURES: tuple[Measure, ...] = (
    Measure(
        id="three_of_four", kind=Kind.SHARE, goal=TO_BEAT, source=TASKS,
        title=Text("Minst tre av fire sjekklister gjort", "At least three of four checklists done"),
        numerator=Text(
            "Hjemkomster der minst tre av HPH0, HPH2, HPH3 og HPH5 er fullført",
            "Homecomings with at least three of HPH0, HPH2, HPH3 and HPH5 completed",
        ),
        denominator=Text(
            "Hjemkomster i måneden der fire uker er gått, uten dem som ble avbrutt (død eller ny innleggelse)",
            "Homecomings in the month with four weeks gone, without those broken off (death or a new admission)",
        ),
    ),
    Measure(
        id="three_days", kind=Kind.SHARE, source=TASKS,
        title=Text("Oppfølging (HPH2) innen tre døgn", "Follow-up (HPH2) within three days"),
        numerator=Text(
            "HPH2 fullført innen utgangen av tredje dag etter hjemkomst",
            "HPH2 completed by the end of the third day after the homecoming",
        ),
        denominator=Text(
            "Hjemkomster i måneden, uten avlyste og uten dem som er satt til ikke aktuell",
            "Homecomings in the month, without those cancelled or set to not applicable",
        ),
    ),
    *(measure for step, title in LISTS.items() for measure in _of_list(step, title)),
    Measure(
        id="overstay_days", kind=Kind.SUM, source=STAYS, up_is_good=False,
        title=Text("Overliggerdøgn", "Overstay days"),
        numerator=Text(
            "Netter i sykehus etter at pasienten ble meldt utskrivningsklar; dette er ikke betalbare døgn",
            "Nights in hospital after the patient was told to be ready; these are not payable days",
        ),
        denominator=Text("Opphold som ventet i måneden", "Stays that waited in the month"),
    ),
    Measure(
        id="wait", kind=Kind.MEDIAN, source=STAYS, up_is_good=False,
        title=Text("Ventetid fra utskrivningsklar, median i døgn", "Wait from readiness, median in days"),
        numerator=Text(
            "Tid fra pasienten sist ble meldt utskrivningsklar til utskrivning",
            "Time from the last readiness that was told to the discharge",
        ),
        denominator=Text("Utskrivninger i måneden etter en slik melding", "Discharges in the month after that"),
    ),
    Measure(
        id="letter", kind=Kind.SHARE, source=STAYS,
        title=Text("Epikrise eller legemiddelliste innen ett døgn", "Discharge letter or medication list within a day"),
        numerator=Text(
            "Første epikrise, legemiddelliste eller utskrivningsrapport innen 24 timer etter utskrivning",
            "First letter, medication list or discharge report within 24 hours of the discharge",
        ),
        denominator=LEFT_ALIVE,
    ),
    Measure(
        id="readmitted", kind=Kind.SHARE, source=STAYS, up_is_good=False, is_balancing=True,
        title=Text("Innlagt på nytt innen 30 dager", "Readmitted within 30 days"),
        numerator=Text(
            "Ny innleggelse innen 30 dager, av hvilken grunn som helst", "Admitted again within 30 days, for any reason"
        ),
        denominator=Text(
            "Utskrivninger i måneden der 30 dager er gått, uten dødsfall",
            "Discharges in the month with 30 days gone, without deaths",
        ),
    ),
    Measure(
        id="not_applicable", kind=Kind.SHARE, source=TASKS, up_is_good=False, is_balancing=True,
        title=Text("Sjekklister satt til ikke aktuell", "Checklists set to not applicable"),
        numerator=Text("Satt til ikke aktuell, med grunn", "Set to not applicable, with a reason"),
        denominator=Text(
            "Sjekklister med frist i måneden, uten avlyste", "Checklists that fell due in the month, not cancelled"
        ),
    ),
)  # fmt: skip
MEASURE_OF = {measure.id: measure for measure in MEASURES}
