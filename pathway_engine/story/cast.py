"""The thirty people of the story. None of them exists: their numbers are of the made-up series."""

from __future__ import annotations

from datetime import date

from pathway_engine.demonstration.stories import Patient

LERKENDAL, OSTBYEN = "Lerkendal", "Østbyen"
NAMES = (
    ("Astrid", "Myklebust", "F"), ("Harald", "Sørli", "M"), ("Gunvor", "Eidem", "F"), ("Torleif", "Aune", "M"),
    ("Bergljot", "Wærnes", "F"), ("Einar", "Opdahl", "M"), ("Sigrid", "Kvåle", "F"), ("Odd", "Rognes", "M"),
    ("Ragna", "Hovde", "F"), ("Magne", "Stokkan", "M"), ("Jorunn", "Lien", "F"), ("Arvid", "Bjørnør", "M"),
    ("Eldbjørg", "Tronvold", "F"), ("Kåre", "Refsnes", "M"), ("Borghild", "Sande", "F"), ("Leif", "Grande", "M"),
    ("Solveig", "Granmo", "F"), ("Birger", "Nesset", "M"), ("Inga", "Haugen", "F"), ("Peder", "Ulstad", "M"),
    ("Marta", "Fossli", "F"), ("Sverre", "Dahlen", "M"), ("Olaug", "Berge", "F"), ("Gudmund", "Vollan", "M"),
    ("Klara", "Moen", "F"), ("Trygve", "Aasen", "M"), ("Hjørdis", "Lund", "F"), ("Ansgar", "Skjetne", "M"),
    ("Signe", "Ramlo", "F"), ("Halvor", "Estensen", "M"),
)  # fmt: skip


def _born(place: int) -> date:
    """A day between 1928 and 1950, another for each."""
    return date(1928 + place * 7 % 23, 1 + place * 5 % 12, 1 + place * 11 % 28)


PATIENTS: tuple[Patient, ...] = tuple(
    Patient(100 + place, given, family, _born(place), gender, LERKENDAL if place % 2 else OSTBYEN)
    for place, (given, family, gender) in enumerate(NAMES, 1)
)


def patient(number: int) -> Patient:
    """The patient of that number, from 1."""
    return PATIENTS[number - 1]


def short_name(number: int) -> str:
    """What lists call the patient."""
    known = patient(number)
    return f"{known.given} {known.family[0]}."
