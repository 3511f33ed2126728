"""What happens to the simulated patients: stays and weeks at home, and what their senders tell of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from pathway_engine.channels.hl7v2 import HL7V2
from tests.deterministic.chance import days, minutes, stream
from tests.deterministic.community import DISTRICTS, WARDS
from tests.deterministic.letters import JOURNAL_CHANNEL, Card, Letter, Tell, Visit, adt, note

DESTINATIONS = ("home",) * 14 + ("short_term", "short_term", "nursing_home", "other_hospital", "abroad", "", "dead")
AT_HOME = ("fall_reported", "function_declined", "out_of_hours_contacted", "measurement_alarm", "gp_report_received",
           "discharge_report_received", "medication_list_received", "visit_updated")  # fmt: skip
ONE_STAY = timedelta(days=3)


@dataclass
class Person:
    """A patient of the simulation: the letters about him or her, and when presence began and ended."""

    number: int
    card: Card
    begin: datetime
    end: datetime
    letters: list[Letter] = field(default_factory=list)
    stays: int = 0
    is_dead: bool = False

    @property
    def name(self) -> str:
        """The name in a trace: p3."""
        return f"p{self.number}"


def person(seed: int, number: int, begin: datetime, end: datetime) -> Person:
    """Return the *number*-th patient with a story from *begin* to *end*."""
    chance = stream(seed, "person", number)
    card = Card(number, chance.choice(DISTRICTS))
    made = Person(number, card, begin + minutes(chance, 0, 72), end)
    Story(made, chance).told()
    return made


class Story:
    """A life in the making: `at` is how far it has come. Nothing else happens in the same minute."""

    def __init__(self, person_: Person, chance: Random) -> None:
        self.person = person_
        self.chance = chance
        self.at = person_.begin
        self.has_services = False

    def told(self) -> None:
        """Tell the whole story."""
        if self.chance.random() < 0.65:
            self._granted()
        while self.at < self.person.end and not self.person.is_dead:
            Stay(self).told()
            if not self.person.is_dead:
                self._weeks_at_home()
        if not self.person.is_dead:
            return
        self.person.end = min(self.at, self.person.end)

    def maybe(self, probability: float) -> bool:
        """Draw whether something happens."""
        return self.chance.random() < probability

    def passes(self, low: float, high: float) -> None:
        """Let hours pass."""
        self.at += minutes(self.chance, low, high) + timedelta(minutes=1)

    # -- letters

    def sends(self, letter: Letter) -> None:
        """Put *letter* among those of the person, unless the simulation is over by then."""
        if letter.sent_at < self.person.end:
            self.person.letters.append(letter)

    def next_id(self) -> str:
        """The id of the next letter."""
        return f"{self.person.name}n{len(self.person.letters)}x{self.at:%m%d%H%M}"

    def notes(self, name: str, **facts: bool) -> None:
        """The municipality's journal tells that *name* happened now."""
        cause = f"{name}/{self.person.name}/{self.at:%Y%m%d%H%M}"
        raw = note(name, self.person.card, cause=cause, at=self.at, control_id=self.next_id(), facts=facts)
        tell = Tell(name=name, cause=cause, at=self.at, recorded=self.at)
        fate = "dead" if name == "poison" else "applied"
        self.sends(Letter(
            id=self.next_id(), person=self.person.number, kind=name, channel=JOURNAL_CHANNEL, raw=raw,
            sent_at=self.at, tells=(tell,) if fate == "applied" else (), fate=fate,
        ))  # fmt: skip

    def tells(self, event: str, card: Card, visit: Visit, *tells: Tell, recorded: datetime) -> None:
        """The hospital tells *event*, which happened at the time of the first tell, at *recorded*."""
        at = tells[0].at if tells else recorded
        raw = adt(event, card, visit, at=at, recorded=recorded, control_id=self.next_id())
        self.sends(Letter(
            id=self.next_id(), person=self.person.number, kind=event, channel=HL7V2, raw=raw, sent_at=recorded,
            tells=tells,
        ))  # fmt: skip

    # -- at home

    def _granted(self) -> None:
        self.passes(0, 3)
        self.notes("services_granted", receives_services=True)
        self.has_services = True

    def _weeks_at_home(self) -> None:
        until = self.at + days(self.chance, 25, 110)
        for moment in sorted(self.at + days(self.chance, 0.1, 100) for _ in range(self.chance.randint(1, 5))):
            if moment < until:
                self.at = moment
                self._something()
        if self.maybe(0.06):
            self._dies()
            return
        if self.maybe(0.6):
            self.at += days(self.chance, 0.1, 5)
            self.notes("services_ended")
            self.has_services = False
        self.at = max(self.at, until)
        if not self.has_services and self.maybe(0.7):
            self._granted()

    def _something(self) -> None:
        if self.maybe(0.05):
            self.notes("poison")
        elif self.maybe(0.06):
            self._moves_house()
        else:
            self.notes(self.chance.choice(AT_HOME))
        self.passes(0, 2)

    def _moves_house(self) -> None:
        """A new address, told by nothing but the register (A31)."""
        other = next(district for district in DISTRICTS if district != self.person.card.district)
        self.person.card = replace(self.person.card, district=other)
        cause = f"person_updated/-/{self.next_id()}"
        moved = Tell(name="person_updated", cause=cause, at=self.at, recorded=self.at, district=other)
        self.tells("A31", self.person.card, Visit(), moved, recorded=self.at)

    def _dies(self) -> None:
        self.passes(1, 24)
        died = Tell(name="died", cause="died", at=self.at, recorded=self.at)
        self.tells("A31", self.person.card, Visit(died_at=self.at), died, recorded=self.at)
        self.person.is_dead = True


class Stay:
    """One hospital stay, told by the hospital, with the corrections that hospitals make."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.chance = story.chance
        number = story.person.stays
        story.person.stays += 1
        self.key = f"{story.person.number}{number:03}"
        self.ward = self.chance.choice(WARDS)
        self.card = story.person.card
        if number == 0 and story.maybe(0.15):
            self.card = replace(self.card, temporary=True)
        self.admitted_at = story.at

    @property
    def stay(self) -> str:
        """The stay as the reference model names it: prefixed by who numbered it."""
        return f"FJORDSYK:{self.key}"

    def told(self) -> None:
        """Tell the stay from admission to what follows the discharge."""
        story = self.story
        story.passes(0, 6)
        self.admitted_at = story.at
        self._admitted()
        if story.maybe(0.06):
            story.passes(0.2, 5)
            self._void("A11", "admitted")
            self._known()
            return
        self._on_the_ward()
        self._known()
        self._discharged()

    def _visit(self, **more: object) -> Visit:
        return replace(Visit(stay=self.key, ward=self.ward, admitted_at=self.admitted_at), **more)  # type: ignore[arg-type]

    def _tell(self, name: str, cause: str, recorded: datetime, destination: str = "") -> Tell:
        return Tell(
            name=name, cause=cause, at=self.story.at, recorded=recorded, stay=self.stay,
            destination=destination or None,
        )  # fmt: skip

    def _told(self, event: str, name: str, per: str = "", **more: object) -> None:
        cause = f"{name}/{self.stay}{per}"
        recorded = self.story.at + timedelta(minutes=1)
        self.story.tells(event, self.card, self._visit(**more), self._tell(name, cause, recorded), recorded=recorded)

    def _void(self, event: str, name: str, **more: object) -> None:
        tell = replace(self._tell(name, f"{name}/{self.stay}", self.story.at), void=True)
        self.story.tells(event, self.card, self._visit(**more), tell, recorded=self.story.at)
        self.story.passes(0.1, 1)

    @property
    def _minute(self) -> str:
        return f"/{self.story.at:%Y-%m-%dT%H:%M}Z"

    def _admitted(self) -> None:
        """A late registration is written down days after the patient came."""
        late = days(self.chance, 0.5, 4) if self.story.maybe(0.12) else timedelta(minutes=1)
        recorded = self.story.at + late
        tell = self._tell("admitted", f"admitted/{self.stay}", recorded)
        self.story.tells("A01", self.card, self._visit(), tell, recorded=recorded)

    def _known(self) -> None:
        """The hospital finds out who the patient is, and merges the temporary record (A40)."""
        if not self.card.temporary:
            return
        self.story.passes(0.5, 30)
        self.card, retired = self.story.person.card, self.card
        self.story.tells("A40", self.card, Visit(retires=retired), recorded=self.story.at)

    def _on_the_ward(self) -> None:
        story = self.story
        if story.maybe(0.2):
            self._transferred()
        if story.maybe(0.08):
            story.passes(5, 30)
            self._told("A21", "leave_started", self._minute)
            story.passes(5, 40)
            self._told("A22", "leave_ended", self._minute)
        for _ in range(self.chance.choice((0, 1, 1, 1, 1, 2))):
            story.passes(5, 60)
            expected = (story.at + timedelta(days=self.chance.randint(0, 2))).date()
            self._told("A16", "discharge_ready", self._minute, expected=expected)
            if story.maybe(0.15):
                story.passes(1, 20)
                self._told("A25", "discharge_ready_withdrawn", self._minute)

    def _transferred(self) -> None:
        story, old = self.story, self.ward
        story.passes(2, 30)
        movement = f"{self.key}7"
        self.ward = self.chance.choice(WARDS)
        self._told("A02", "transferred", f"/{movement}", movement=movement)
        if story.maybe(0.3):
            self.ward = old
            story.passes(0.2, 3)
            self._void("A12", "transferred", movement=movement)

    def _discharged(self) -> None:
        story = self.story
        story.passes(2, 50)
        destination = self.chance.choice(DESTINATIONS)
        self._sent_home(destination)
        if destination == "dead":
            story.person.is_dead = True
            return
        if story.maybe(0.1):
            story.passes(0.3, 6)
            self._void("A13", "discharged")
            story.passes(2, 40)
            self._sent_home(destination)
        elif story.maybe(0.12):
            self._time_corrected(destination)
        if destination not in ("home", "other_hospital", ""):
            story.at += days(self.chance, 2, 15)
            story.notes("came_home")
        story.passes(0.1, 2)

    def _sent_home(self, destination: str) -> None:
        story, recorded = self.story, self.story.at + timedelta(minutes=2)
        visit = self._visit(discharged_at=story.at, destination=destination)
        tells = [self._tell("discharged", f"discharged/{self.stay}", recorded, destination)]
        if destination == "dead":
            tells.append(replace(tells[0], name="died", cause="died", stay=None, destination=None))
        story.tells("A03", self.card, visit, *tells, recorded=recorded)

    def _time_corrected(self, destination: str) -> None:
        """An update (A08) moves the discharge by some hours."""
        story = self.story
        moved = story.at - minutes(self.chance, 0.2, 1.5)
        story.passes(0.3, 30)
        visit = self._visit(discharged_at=moved, destination=destination)
        tell = replace(self._tell("discharged", f"discharged/{self.stay}", story.at, destination), at=moved)
        story.tells("A08", self.card, visit, tell, recorded=story.at)
