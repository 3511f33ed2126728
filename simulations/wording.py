"""What figures are called, in bokmål and in English."""

from __future__ import annotations

from math import floor, log10
from typing import Literal

from pathway_engine.domain.definition import Text
from simulations.figures import TOTAL, Name
from simulations.scenario import ALL, EVERYWHERE

Tongue = Literal["nb", "en"]
MINUS = "\u2212"
SMALLEST = 5
"""So many decimals at most."""

FIGURES = {
    "occupied": Text("plasser i bruk", "places in use"),
    "capacity": Text("plasser", "places"),
    "utilisation": Text("utnyttelse", "utilisation"),
    "queue": Text("pasienter i kø", "patients in queue"),
    "queue_in_a_place": Text("i kø fra en annen plass", "in queue from another place"),
    "asked_per_day": Text("forespørsler per dag", "requests a day"),
    "started_per_day": Text("opphold som begynner per dag", "stays begun a day"),
    "wait_mean": Text("ventetid, gjennomsnitt (døgn)", "wait, mean (days)"),
    "wait_median": Text("ventetid, median (døgn)", "wait, median (days)"),
    "wait_p90": Text("ventetid, 90 % (døgn)", "wait, 90 % (days)"),
    "p_delay": Text("andel som må vente", "share who must wait"),
    "stay_mean": Text("liggetid, gjennomsnitt (døgn)", "stay, mean (days)"),
    "lost_share": Text("andel avvist", "share turned away"),
    "blocked": Text("utskrivningsklare i plass", "ready and still in a place"),
    "blocked_of_beds": Text("… som andel av plassene", "… as a share of places"),
    "blocked_of_occupied": Text("… som andel av belagte plasser", "… as a share of occupied places"),
    "blocked_of_ready": Text("… som andel av dem som ble klare", "… as a share of those who became ready"),
    "discharge_ready": Text("utskrivningsklare pasienter", "discharge-ready patients"),
    "overstay_days_per_day": Text("overliggerdøgn per dag", "overstay days a day"),
    "overstay_price_per_day": Text("pris for overliggerdøgn (kr per dag)", "price of overstay days (NOK a day)"),
    "delay_mean": Text("ventetid som klar, gjennomsnitt (døgn)", "delay after readiness, mean (days)"),
    "patients_per_day": Text("nye pasienter per dag", "new patients a day"),
    "moves_per_patient": Text("flyttinger per pasient", "moves per patient"),
    "readmitted_share": Text("andel reinnlagt", "share readmitted"),
    "deaths_per_day": Text("dødsfall per dag", "deaths a day"),
    "overstay_share": Text("andel med overliggerdøgn", "share with overstay days"),
    "raised_per_day": Text("oppgaver per dag", "tasks a day"),
    "done_per_day": Text("utførte oppgaver per dag", "tasks done a day"),
    "late_share": Text("andel forsinket", "share late"),
    "fell_away_share": Text("andel som falt bort", "share that fell away"),
    "on_duty": Text("sykepleiere på vakt", "nurses on duty"),
    "load": Text("arbeidsbelastning", "share of hours at work"),
    "present": Text("pasienter i fasen", "patients in the phase"),
}
PLACES = {TOTAL: Text("i alt", "in all"), ALL: Text("alle", "all"), EVERYWHERE: Text("felles", "shared")}


def figure(what: str, tongue: Tongue) -> str:
    """Return what a figure is called; its own name where none is written."""
    return said(FIGURES[what], tongue) if what in FIGURES else what


def place(of: str, tongue: Tongue) -> str:
    """Return what a unit, municipality, group or phase is called."""
    return said(PLACES[of], tongue) if of in PLACES else of.replace("_", " ")


def named(name: Name, tongue: Tongue) -> str:
    """Return the figure with what it is of."""
    return f"{figure(name.what, tongue)}, {place(name.of, tongue)}"


def said(text: Text, tongue: Tongue) -> str:
    """Return a text in one of its languages."""
    return text.nb if tongue == "nb" else text.en


def digits(value: float, tongue: Tongue, places: int = 2) -> str:
    """Return a number as it is written: 1 234,50 in Norwegian, 1,234.50 in English; a dash for none.

    What is near nought keeps two digits that say something, down to a hundred-thousandth: 0.0021, not 0.00.
    """
    if value != value or value in (float("inf"), float("-inf")):
        return "–"
    if places and 0 < abs(value) < 0.1:
        places = min(1 - floor(log10(abs(value))), SMALLEST)
    text = f"{value:,.{0 if abs(value) >= 1000 else places}f}".replace("-", MINUS)
    text = text.removeprefix(MINUS) if not text.strip(f"{MINUS}0.") else text
    return text.replace(",", "\u00a0").replace(".", ",") if tongue == "nb" else text
