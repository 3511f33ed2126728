"""The made-up patients of the demonstration, and what happened to each of them how long ago."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from pathway_engine.domain.events import Act
from pathway_engine.domain.identifiers import make_synthetic


@dataclass(frozen=True, slots=True)
class Told:
    """A hospital's message about what happened so many days and hours ago."""

    event: str
    days: int = 0
    hours: int = 0
    destination: str = ""
    stay: int = 1

    @property
    def ago(self) -> timedelta:
        """How long before now it happened."""
        return timedelta(days=self.days, hours=self.hours)


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody of the community did to a task so many days and hours ago."""

    act: Act
    step: str
    person: str
    role: str
    days: int = 0
    hours: int = 0

    @property
    def ago(self) -> timedelta:
        """How long before now it was done."""
        return timedelta(days=self.days, hours=self.hours)


Story = tuple[Told | Deed, ...]
Visit = tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Patient:
    """A person who does not exist, and the ward where he or she lay."""

    number: int
    given: str
    family: str
    birth_date: date
    gender: str
    district: str = "Lerkendal"
    ward: str = "MED2"
    municipality: str = "5001"
    serial: int | None = None

    @property
    def national_number(self) -> str:
        """A number of the made-up series: of those of the birth date the one of this serial, or of the number."""
        return make_synthetic(self.birth_date, self.number if self.serial is None else self.serial)

    @property
    def street(self) -> str:
        """An address that does not exist."""
        return f"Fjordgløttveien {10 + self.number}"

    @property
    def city(self) -> str:
        """The made-up town."""
        return "Fjordby" if self.municipality == "5001" else "Viksund"

    @property
    def postal_code(self) -> str:
        """A code that the directory routes to the municipality."""
        return {"5059": "7316"}.get(self.municipality, "7042" if self.district == "Østbyen" else "7031")

    def admitted_ago(self, stay: int) -> timedelta:
        """How long ago that stay began, by the patient's story."""
        story: Story = VISIT if self.number == VISITOR.number else STORIES[self.number - 1]
        told = [step for step in story if isinstance(step, Told) and step.stay == stay]
        return max(step.ago for step in told)


def _at_home(days: int, *then: Deed) -> Story:
    """A stay that ended *days* ago at home, and what was done since."""
    stay = (
        Told("A01", days=days + 6), Told("A16", days=days + 1, hours=5),
        Deed(Act.COMPLETE, "ANSWER", "silje", "allocation_office", days=days + 1, hours=4),
        Told("A03", days=days, destination="home"),
        Deed(Act.COMPLETE, "HPH0", "marit", "ward_nurse", days=days - 1, hours=23),
    )  # fmt: skip
    return (*stay, *then)


def _kari(act: Act, step: str, days: int, role: str = "home_care_nurse", hours: int = 0) -> Deed:
    return Deed(act, step, "kari", role, days, hours)


PRIMARY = "primary_contact"
PATIENTS: tuple[Patient, ...] = (
    Patient(1, "Astrid", "Myklebust", date(1938, 5, 14), "F"),
    Patient(2, "Harald", "Sørli", date(1944, 11, 2), "M", "Østbyen", "KIR1"),
    Patient(3, "Gunvor", "Eidem", date(1935, 2, 27), "F"),
    Patient(4, "Torleif", "Aune", date(1947, 8, 19), "M"),
    Patient(5, "Bergljot", "Wærnes", date(1931, 12, 6), "F", "Østbyen"),
    Patient(6, "Einar", "Opdahl", date(1940, 6, 30), "M"),
    Patient(7, "Sigrid", "Kvåle", date(1936, 9, 9), "F"),
    Patient(8, "Odd", "Rognes", date(1942, 3, 23), "M", "Østbyen", "KIR1"),
    Patient(9, "Ragna", "Hovde", date(1939, 7, 17), "F"),
    Patient(10, "Magne", "Stokkan", date(1933, 10, 1), "M"),
    Patient(11, "Jorunn", "Lien", date(1945, 1, 12), "F", "", "MED2", "5059"),
    Patient(12, "Arvid", "Bjørnør", date(1929, 4, 4), "M"),
    Patient(13, "Eldbjørg", "Tronvold", date(1943, 8, 25), "F", "Lerkendal", "KIR1"),
)
VISITOR = Patient(14, "Solveig", "Granmo", date(1937, 6, 11), "F")
REFERRED = Patient(15, "Borghild", "Sande", date(1934, 1, 18), "F")
"""Whose stay is told by Norwegian messages."""

STORIES: tuple[Story, ...] = (
    # ready to go home since this morning
    (Told("A01", days=5), Told("A16", hours=2)),
    # ready for two days: nobody has answered the hospital
    (Told("A01", days=8), Told("A16", days=2, hours=3)),
    # ready, then ill again: back in hospital
    (Told("A01", days=6), Told("A16", days=2), Told("A25", days=1)),
    # home since yesterday, the follow-up is taken
    _at_home(1, _kari(Act.CLAIM, "HPH2", 0, hours=3)),
    # home for four days, the follow-up is overdue
    _at_home(4),
    # home for nine days, the follow-up is done and the GP's appointment is next
    _at_home(9, _kari(Act.COMPLETE, "HPH2", 7)),
    # home for three weeks, only the four-week review is left
    _at_home(21, _kari(Act.COMPLETE, "HPH2", 19), _kari(Act.COMPLETE, "HPH3", 10, PRIMARY)),
    # on a short-term stay before home
    (Told("A01", days=9), Told("A16", days=3), Told("A03", days=2, destination="short_term")),
    # on leave from the hospital
    (Told("A01", days=7), Told("A16", days=3), Told("A25", days=2), Told("A21", days=1)),
    # came home, and was admitted again an hour ago
    (*_at_home(5, _kari(Act.COMPLETE, "HPH2", 3)), Told("A01", hours=1, stay=2)),
    # home in the neighbouring municipality
    (Told("A01", days=6), Told("A16", days=3), Told("A03", days=2, destination="home")),
    # died in hospital
    (Told("A01", days=10), Told("A16", days=4), Told("A03", days=3, destination="dead")),
    # sent somewhere that the hospital did not tell: somebody must ask
    (Told("A01", days=4), Told("A16", days=1), Told("A03", hours=4)),
)
VISIT: Visit = (Told("A01", days=4), Told("A16", days=1, hours=3), Told("A03", hours=1, destination="home"))
