"""What is found when the story is over: each statement with its figure, and whether it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pathway_engine.domain.definition import Text
from pathway_engine.service.accounts import Asked, StayAccount, accounts
from pathway_engine.service.quality import QualityReport
from pathway_engine.service.rebuilding import rebuild
from pathway_engine.service.sealing import seal_waiting, verify
from pathway_engine.story.playing import Played
from pathway_engine.story.times import BEGINS
from pathway_engine.story.world import World

SETTLED = frozenset({"acknowledged", "late", "withdrawn"})
WORDS = {
    "applied": Text("tatt inn", "applied"), "acknowledged": Text("kvittert", "receipted"),
    "late": Text("kvittert for sent", "receipted late"),
}  # fmt: skip
HALF_YEAR = "/management/report"


@dataclass(frozen=True, slots=True)
class Finding:
    """A statement that must hold: what it says, the figure that shows it, and whether it holds."""

    says: Text
    figure: Text
    holds: bool


def checked(played: Played) -> list[Finding]:
    """Hold the log and all that came of it against what must be so."""
    world = played.world
    found = [_rebuilt(world), *_messages(world), _reasons(world), _read_along(played), _verified(world)]
    return [each for each in found if each is not None]


def _rebuilt(world: World) -> Finding:
    found = rebuild(world.engine.context, world.clock(), check=True)
    says = Text(
        "Loggen brettet ut på nytt gir det samme som det levende", "The log folded anew gives what is live"
    )  # fmt: skip
    wrong = len(found.differing) + len(found.faulty)
    return Finding(
        says,
        Text(f"{found.episodes} forløp, {wrong} avvik", f"{found.episodes} episodes, {wrong} differ"),
        found.episodes > 0 and not wrong,
    )


def _verified(world: World) -> Finding:
    """The audit of everything that was read and done, sealed and looked through."""
    context, at = world.engine.context, world.clock() + timedelta(minutes=1)
    seal_waiting(context, at)
    found = verify(context, at)
    says = Text("Revisjonssporet er helt, rad for rad", "The audit is whole, row by row")
    is_whole = not found.faults and found.head.count == found.rows > 0
    return Finding(
        says,
        Text(f"{found.rows} rader, {len(found.faults)} feil", f"{found.rows} rows, {len(found.faults)} faults"),
        is_whole,
    )


def _messages(world: World) -> Iterator[Finding]:
    with world.engine.context.store.reading() as records:
        taken = Counter(row.disposition or "waiting" for row in records.messages(limit=10_000))
        sent = Counter(row.status for row in records.outgoing_messages(limit=10_000))
    yield Finding(
        Text("Hver mottatt melding har én avgjørelse", "Each message received has one disposition"),
        _told(taken), set(taken) == {"applied"},
    )  # fmt: skip
    yield Finding(
        Text("Hver sendt melding er kvittert, ingen er borte", "Each message sent is receipted, none is lost"),
        _told(sent), bool(sent) and set(sent) <= SETTLED,
    )  # fmt: skip


def _told(counts: Counter[str]) -> Text:
    said = [(count, WORDS.get(name, Text(name, name))) for name, count in sorted(counts.items())]
    nb, en = (f"{count} {words.nb}" for count, words in said), (f"{count} {words.en}" for count, words in said)
    return Text(", ".join(nb), ", ".join(en))


def _reasons(world: World) -> Finding:
    """Every task tells on the patient's page which rule, event and message it comes from."""
    office = world.engine.principal("silje", "allocation_office")
    assert office is not None
    with world.engine.context.store.reading() as records:
        known = records.patients_with_entries()
    tasks = [line for id in known for line in world.engine.patient(office, id, world.clock()).tasks]
    without = sum(line.why is None for line in tasks)
    says = Text("Hver oppgave har et hvorfor på pasientens side", "Each task has a why on the patient's page")
    return Finding(
        says,
        Text(f"{len(tasks)} oppgaver, {without} uten", f"{len(tasks)} tasks, {without} without"),
        bool(tasks) and not without,
    )


def _read_along(played: Played) -> Finding | None:
    readings = played.program.readings
    if not readings:
        return None
    says = Text(
        "Programmet ser de samme åpne oppgavene over FHIR som sykepleieren ser på siden",
        "The program sees by FHIR the same open tasks as the nurse sees on the page",
    )
    agreeing = sum(each.agrees for each in readings)
    return Finding(
        says,
        Text(f"{agreeing} av {len(readings)} mandager", f"{agreeing} of {len(readings)} Mondays"),
        agreeing == len(readings),
    )


# -- accounts and quality


def account(world: World) -> Sequence[StayAccount]:
    """The account of every stay, in order of ward and time."""
    found = accounts(
        world.engine.context, world.engine.context.rules_of_payment(), Asked(), actor="story", now=world.clock()
    )
    return sorted(found, key=lambda each: (each.patient_id, each.account.facts.stay))


def half_year(world: World) -> tuple[QualityReport, int]:
    """The half-year's figures, and the status of the page that prints them for the office."""
    who = world.engine.principal("silje", "allocation_office")
    assert who is not None
    first = BEGINS.date().replace(month=7, day=1)
    report = world.engine.quality(who, world.clock(), first=first, months=6)
    answer = world.browser("silje").ask("GET", f"{HALF_YEAR}?half=2026-2")
    return report, answer.status_code
