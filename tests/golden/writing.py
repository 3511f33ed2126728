"""Where a release's golden logs come from: random histories, the shipped journeys and handmade hard cases."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pathway_engine import __version__
from pathway_engine.domain.episode import Rules
from pathway_engine.domain.events import Acted, Entry, Happened, Voided
from pathway_engine.language.folder import files_in, shipped_names
from pathway_engine.language.journey_run import _Run  # a journey's log is nobody else's business
from pathway_engine.language.journeys import Journey, shipped_journeys
from pathway_engine.language.reader import read_pathway
from pathway_engine.service.context import Context
from pathway_engine.service.log_files import import_log
from pathway_engine.storage.log_file import LogFile, write_log_file
from pathway_engine.storage.schema import upgrade
from tests.golden.definitions import keep_files
from tests.golden.hard_cases import hard_cases
from tests.golden.logs import GoldenLog, Release, opened, what_followed
from tests.properties.histories import deliveries, history
from tests.service.community import SHIPPED

UNTIL = datetime(2027, 2, 1, tzinfo=UTC)
SEEDS = range(30)
GOES_ON = 10
"""Every tenth patient keeps the services until the end; the others lose them two weeks after the last news."""


def made_release(url: str) -> Release:
    """Fold every log in the empty database at *url* by this program, and return what followed."""
    files = {name: files_in(SHIPPED / name) for name in shipped_names()}
    pathways = {name: read_pathway(found)[0] for name, found in files.items()}
    for name, pathway in pathways.items():
        keep_files(pathway.hash, files[name])
    upgrade(url)
    context = opened(url, list(files.values()), UNTIL)
    sources = sorted(_sources(context).items())
    logs = [
        _folded(context, name, f"p{n:03}", entries if n % GOES_ON == 0 else _ended(entries))
        for n, (name, entries) in enumerate(sources)
    ]
    context.store.close()
    hashes = {name: pathway.hash for name, pathway in pathways.items()}
    return Release(version=__version__, until=UNTIL, in_force=hashes, logs=tuple(logs))


def _folded(context: Context, name: str, patient: str, entries: Iterable[Entry]) -> GoldenLog:
    """Import once to learn which episodes there are; the file then names their versions."""
    log = LogFile(
        program=__version__, patient=patient, episodes={}, entries=_own(patient, entries), definitions={}
    )  # fmt: skip
    import_log(context, write_log_file(log), actor="golden", now=UNTIL)
    with context.store.reading() as records:
        rows = records.episodes(patient)
    hashes: dict[str, list[str]] = {}
    for row in rows:
        hashes.setdefault(row.pathway, []).append(row.definition_hash)
    hash, lines = what_followed(context, patient)
    return GoldenLog(name=name, log=write_log_file(replace(log, episodes=hashes)).rstrip(), hash=hash, lines=lines)


def _sources(context: Context) -> Mapping[str, Iterable[Entry]]:
    journeys = [journey for name in shipped_names() for journey in shipped_journeys(name)]
    return {
        **{f"random-{seed:02}": _random(seed) for seed in SEEDS},
        **{_named(journey): _of_journey(journey, context) for journey in journeys},
        **{f"hard-{name}": entries for name, entries in hard_cases().items()},
    }


def _random(seed: int) -> list[Entry]:
    """A random history as it may arrive, half of them of a patient with heart failure."""
    ill = random.Random(seed).random() < 0.5
    told = [entry for _, entry in deliveries(seed, history(seed))]
    return [
        replace(entry, facts={**entry.facts, "heart_failure": True})
        if ill and isinstance(entry, Happened) and entry.name == "admitted"
        else entry
        for entry in told
    ]


def _named(journey: Journey) -> str:
    return f"journey-{journey.pathway}-{journey.file.removeprefix('journeys/').removesuffix('.yaml')}"


def _of_journey(journey: Journey, context: Context) -> list[Entry]:
    rules: Rules = context.catalogue.current[journey.pathway]
    run = _Run(journey, rules)
    for point in journey.points:
        run.take(point)
    return list(run.log.values())


def _ended(entries: Iterable[Entry]) -> list[Entry]:
    told = list(entries)
    last = max(entry.recorded_at if isinstance(entry, Voided) else entry.occurred_at for entry in told)
    at = last + timedelta(days=14)
    return [*told, Happened(id="end", name="services_ended", cause="services_ended/-", occurred_at=at, recorded_at=at)]


def _own(patient: str, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Each entry once, with ids and stays that no other golden log has."""
    once = {entry.id: entry for entry in entries}
    stays = {entry.stay for entry in once.values() if not isinstance(entry, Acted) and entry.stay}
    return tuple(_renamed(patient, entry, stays) for entry in once.values())


def _renamed(patient: str, entry: Entry, stays: Iterable[str]) -> Entry:
    if isinstance(entry, Acted):
        return replace(entry, id=f"{patient}/{entry.id}", task=_with_stays(patient, entry.task, stays))
    stay = f"{entry.stay}@{patient}" if entry.stay else None
    return replace(entry, id=f"{patient}/{entry.id}", cause=_with_stays(patient, entry.cause, stays), stay=stay)


def _with_stays(patient: str, text: str, stays: Iterable[str]) -> str:
    for stay in sorted(stays):
        text = re.sub(rf"(?<=/){re.escape(stay)}(?![\w@])", f"{stay}@{patient}", text)
    return text
