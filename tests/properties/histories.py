"""Random patients' histories for HPH: stays, revisions, cancellations, falls, visits; and ways to deliver them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pathway_engine.domain.events import Act, Acted, Entry, Happened, Voided

BEGIN = datetime(2026, 10, 20, 6, 0, tzinfo=UTC)
DESTINATIONS = ("home", "short_term", "nursing_home", "other_hospital", "dead", None)
STEPS = ("HPH1", "HPH2", "HPH3", "HPH5", "ANSWER", "CLARIFY")


class Story:
    """A history in the making; every entry has its own id and a recording time after the happening."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.at = BEGIN
        self.entries: list[Entry] = []

    def passes(self, hours: float) -> None:
        self.at += timedelta(minutes=round(self.chance.uniform(0, hours) * 60))

    def tell(self, name: str, cause: str, stay: str | None, **facts: object) -> Happened:
        recorded = self.at + timedelta(minutes=self.chance.randint(0, 90))
        event = Happened(
            id=f"e{len(self.entries)}", name=name, cause=cause, occurred_at=self.at, recorded_at=recorded, stay=stay,
            facts={key: value for key, value in facts.items() if value is not None},  # type: ignore[misc]
        )  # fmt: skip
        self.entries.append(event)
        return event

    def void(self, cause: str, stay: str) -> None:
        recorded = self.at + timedelta(minutes=self.chance.randint(0, 90))
        self.entries.append(Voided(id=f"e{len(self.entries)}", cause=cause, recorded_at=recorded, stay=stay))

    def act(self, step: str, cause: str, act: Act) -> None:
        self.entries.append(
            Acted(
                id=f"e{len(self.entries)}", task=f"hph:{step}:{cause}", act=act, occurred_at=self.at,
                recorded_at=self.at, performer="kari", answers={"destination": "home"} if step == "CLARIFY" else {},
            )
        )  # fmt: skip


def history(seed: int) -> list[Entry]:
    """One patient's weeks: one to three stays, mostly one and what happens between them."""
    story = Story(random.Random(seed))
    for number in range(story.chance.choice((1, 1, 1, 2, 2, 3))):
        _stay(story, f"VN{number}")
        _at_home(story, f"VN{number}")
    if story.chance.random() < 0.15:
        story.tell("died", "died", None)
    return story.entries


def _stay(story: Story, stay: str) -> None:
    chance = story.chance
    known = chance.choice((True, True, False, None))
    story.tell("admitted", f"admitted/{stay}", stay, receives_services=known, municipality="5001")
    if chance.random() < 0.1:
        story.void(f"admitted/{stay}", stay)
    for turn in range(chance.randint(0, 2)):
        story.passes(60)
        ready = story.tell(
            "discharge_ready",
            f"discharge_ready/{stay}/{turn}",
            stay,
            expected_discharge=(story.at + timedelta(days=1)).date(),
        )
        if chance.random() < 0.3:
            story.act(chance.choice(STEPS), ready.cause, Act.COMPLETE)
        if chance.random() < 0.25:
            story.passes(20)
            story.tell("discharge_ready_withdrawn", f"discharge_ready_withdrawn/{stay}/{turn}", stay)
    story.passes(50)
    story.tell("discharged", f"discharged/{stay}", stay, destination=chance.choice(DESTINATIONS))
    _corrected(story, stay)


def _corrected(story: Story, stay: str) -> None:
    """Some discharges are told again with another hour, or taken back."""
    fate = story.chance.random()
    if fate < 0.2:
        story.passes(6)
        story.tell("discharged", f"discharged/{stay}", stay, destination="home")
    elif fate < 0.35:
        story.void(f"discharged/{stay}", stay)


def _at_home(story: Story, stay: str) -> None:
    for number in range(story.chance.randint(0, 4)):
        story.passes(140)
        name = story.chance.choice(
            ("fall_reported", "came_home", "gp_report_received", "services_ended", "visit_updated")
        )
        event = story.tell(name, f"{name}/{stay}/{number}", None)
        if story.chance.random() < 0.5:
            story.act(
                story.chance.choice(STEPS),
                f"discharged/{stay}",
                story.chance.choice((Act.COMPLETE, Act.CLAIM, Act.NOT_APPLICABLE)),
            )
        if name == "fall_reported" and story.chance.random() < 0.5:
            story.act("HPH4", event.cause, Act.COMPLETE)
    story.passes(200)


def deliveries(seed: int, entries: Sequence[Entry]) -> list[tuple[datetime, Entry]]:
    """The same history as it may arrive: shuffled, delayed by up to thirty days, some of it twice."""
    chance = random.Random(seed)
    doubled = [*entries, *(entry for entry in entries if chance.random() < 0.1)]
    arrivals = [(entry.recorded_at + _delay(chance), number, entry) for number, entry in enumerate(doubled)]
    return [(at, entry) for at, _, entry in sorted(arrivals, key=lambda arrival: arrival[:2])]


def _delay(chance: random.Random) -> timedelta:
    if chance.random() < 0.7:
        return timedelta(seconds=chance.randint(0, 30))
    return timedelta(minutes=chance.randint(1, 30 * 24 * 60))
