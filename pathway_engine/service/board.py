"""The board: a projection of what was told and done, made when it is looked at and never typed into."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from pathway_engine.domain.definition import Text
from pathway_engine.domain.episode import Episode
from pathway_engine.domain.legal_clocks import verdicts
from pathway_engine.domain.norway import OSLO
from pathway_engine.domain.overstay import Account, account
from pathway_engine.domain.stay_facts import StayFacts
from pathway_engine.domain.stay_folding import stays_told
from pathway_engine.domain.tasks import Place
from pathway_engine.domain.waiting import Standing, answer_now, darkness, figures, standing, waited
from pathway_engine.service.accounts import sends
from pathway_engine.service.board_views import AnswerTask, Board, BoardRow, Progress
from pathway_engine.service.calendars import calendars
from pathway_engine.service.context import Context
from pathway_engine.service.episode_codec import decode_episode
from pathway_engine.service.free_places import places_seen_by
from pathway_engine.service.hindrances import Concerning, answers_hospital, hindrance, municipality_name
from pathway_engine.service.hospital_phases import hospital_phases
from pathway_engine.service.relations import BOARD_ROLES, belongs
from pathway_engine.service.views import Principal
from pathway_engine.service.waypoints import Traffic, told_last, way_of
from pathway_engine.service.worklists import age, short_name
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import EpisodeRow, PatientRow, TaskRow

LOOKED_BACK = timedelta(days=15)
"""So far back work is looked for: the days of last week are counted too."""
OLDEST_WORK = timedelta(days=90)
"""Work that began earlier says nothing of who was in hospital lately; who still is there is found by the phase."""
SHOWN_AFTER = timedelta(days=2)
"""So long a patient who has left stays on the board."""
STALE = timedelta(hours=24)
"""After so long without news a row is marked: nobody knows whether it is still so."""
PROGRESS = "HPH0"


@dataclass(frozen=True, slots=True)
class _Stay:
    """A stay of a patient who belongs here, with its account and the episode that says where it is."""

    patient_id: str
    facts: StayFacts
    account: Account
    episode: Episode
    is_last: bool


def board(context: Context, who: Principal, now: datetime) -> Board:
    """Return the board of *who*'s ward or office; that these patients were read is put on record with it."""
    return context.committed(lambda records: _board(context, records, who, now))


def _board(context: Context, records: Records, who: Principal, now: datetime) -> Board:
    stays = list(_stays(context, records, who, now))
    shown = [stay for stay in stays if stay.is_last and _is_shown(stay.facts, now)]
    rows = [
        row for stay in shown if (row := board_row(context, records, stay.patient_id, stay.facts, stay.episode, now))
    ]
    local = now.astimezone(OSLO)
    monday = datetime.combine(local.date() - timedelta(days=local.weekday()), time(), tzinfo=OSLO)
    records.write_list_read(
        at=now, actor=who.person, role=who.role, shown=[row.patient_id for row in rows], action="board read"
    )
    return Board(
        rows=tuple(sorted(rows, key=_urgency)),
        figures=figures([(stay.facts, stay.account) for stay in stays], local.date(), monday, now),
        target=context.target_wait, places=places_seen_by(context, records, who, now),
    )  # fmt: skip


def _urgency(row: BoardRow) -> tuple[int, float, str]:
    order = (Standing.READY, Standing.WITHDRAWN, Standing.TOLD, Standing.LEFT)
    return order.index(row.standing), -row.waited.total_seconds(), row.patient_id


def _is_shown(facts: StayFacts, now: datetime) -> bool:
    return facts.left_at is None or facts.left_at > now - SHOWN_AFTER


# -- who belongs here


def _stays(context: Context, records: Records, who: Principal, now: datetime) -> Iterator[_Stay]:
    """All stays of the patients that belong to the seats of *who* and were in hospital lately."""
    episodes = _episodes(context, records, who, now)
    for patient_id, log in records.logs_of(sorted(episodes)).items():
        told = stays_told((row.entry for row in log), sends(context))
        for place, facts in enumerate(told):
            made = account(facts, context.rules_of_payment(), now)
            yield _Stay(patient_id, facts, made, episodes[patient_id], place == len(told) - 1)


def _episodes(context: Context, records: Records, who: Principal, now: datetime) -> dict[str, Episode]:
    """By patient, the episode by which he or she belongs to a seat of *who*."""
    seats = [(unit, role) for unit, role in who.seats if role in BOARD_ROLES]
    if not seats:
        return {}
    wanted = records.patients_in_phases(hospital_phases(context))
    wanted |= records.patients_worked_on(seats, now - LOOKED_BACK, now - OLDEST_WORK)
    return _belonging(context, who, records.episodes_of(sorted(wanted)))


def _belonging(context: Context, who: Principal, rows: Sequence[EpisodeRow]) -> dict[str, Episode]:
    found: dict[str, Episode] = {}
    for row in sorted(rows, key=lambda each: (each.pathway, each.ordinal)):
        episode = decode_episode(row.state)
        if belongs(context.directory, who, episode.place):
            found[row.patient_id] = episode
    return found


# -- one row


def board_row(
    context: Context, records: Records, patient_id: str, facts: StayFacts, episode: Episode, now: datetime
) -> BoardRow | None:
    """What is to be said of one stay; None when the patient's record is gone."""
    patient = records.patient(patient_id)
    if patient is None:
        return None
    tasks, outgoing = records.tasks_of_patient(patient_id), records.outgoing_of_patient(patient_id)
    log, open_tasks = records.log(patient_id), [task for task in tasks if task.ended_at is None]
    clocks = verdicts(context.rules_of_payment().clocks, facts, calendars(context.directory)(facts.resides_in), now)
    traffic = Traffic(patient_id=patient_id, log=log, outgoing=outgoing, tasks=tasks, clocks=clocks)
    told_at, wait = told_last(log, now), waited(facts, now)
    looked_at = Concerning(facts=facts, open_tasks=open_tasks, outgoing=outgoing, expected=_expected(episode.facts))
    return BoardRow(
        patient_id=patient_id, name=short_name(patient) if patient.name else "", initials=initials(patient),
        age=age(patient.birth_date, now), ward=ward_name(context, episode.place),
        municipality=_where(context, facts, patient), standing=standing(facts),
        phase=_phase(context, episode, standing(facts)),
        waited=wait, darkness=darkness(wait) if standing(facts) is Standing.READY else 0,
        progress=_progress(tasks, facts), hindrance=hindrance(context, looked_at, now.astimezone(OSLO).date()),
        way=way_of(context, records, facts, traffic), answer=answer_now(facts),
        answer_task=_answer_task(context, open_tasks), account=account(facts, context.rules_of_payment(), now),
        clocks=clocks, told_at=told_at,
        is_stale=standing(facts) is not Standing.LEFT and told_at < now - STALE,
    )  # fmt: skip


def _expected(facts: Mapping[str, object]) -> date | None:
    day = facts.get("expected_discharge")
    return day if isinstance(day, date) else None


def _phase(context: Context, episode: Episode, stands: Standing) -> Text | None:
    """The phase in words where it says more than the status does."""
    in_hospital = (episode.pathway, episode.phase) in hospital_phases(context)
    if stands is Standing.READY or (stands is Standing.LEFT and in_hospital):
        return None
    rules = context.catalogue.current.get(episode.pathway)
    return rules.pathway.phases.get(episode.phase) if rules else None


def initials(patient: PatientRow) -> str:
    """The first letters of given name and family name, as a wall may show them; empty when no name was told."""
    return "".join(f"{part[:1]}." for part in (patient.given, patient.family) if part)


def ward_name(context: Context, place: Place) -> str:
    """The ward's name in the directory, by its code or its HER-id; else as messages call it."""
    directory = context.directory
    unit = directory.unit_for("ward_nurse", place)
    addressed = (each for each in directory.organisations.values() if each.her_id and each.her_id == place.ward)
    found = unit or next(addressed, None)
    return found.name if found is not None else place.ward or ""


def _where(context: Context, facts: StayFacts, patient: PatientRow) -> str:
    name = municipality_name(context, facts.resides_in or patient.municipality)
    return f"{name} – {patient.district}" if patient.district else name


def _progress(tasks: Sequence[TaskRow], facts: StayFacts) -> Progress | None:
    """The ward's checklist of this stay: the discharge step, else the newest that the ward has."""
    begun = facts.begins_at
    own = [task for task in tasks if task.owner_role == "ward_nurse" and task.questions]
    mine = [task for task in own if begun is None or task.raised_at >= begun]
    chosen = [task for task in mine if task.step == PROGRESS] or mine
    if not chosen:
        return None
    newest = max(chosen, key=lambda task: task.raised_at)
    return Progress(
        step=newest.step, answered=newest.answered, questions=newest.questions, is_done=newest.status == "completed"
    )  # fmt: skip


def _answer_task(context: Context, tasks: Collection[TaskRow]) -> AnswerTask | None:
    row = next((task for task in tasks if answers_hospital(context, task)), None)
    return None if row is None else AnswerTask(task_id=row.id, due_at=row.due_at)
