"""A worklist service written out in memory: two units, a handful of tasks, made-up persons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from pathway_engine.domain.definition import Checklist, ChecklistItem, Text
from pathway_engine.domain.errors import (
    IllegalTransition,
    IncompleteChecklist,
    NotPermitted,
    OutsideWindow,
    UnknownTask,
    VersionConflict,
)
from pathway_engine.domain.events import Act, FactValue
from pathway_engine.domain.tasks import OPEN, TaskStatus, allowed_acts, next_status
from pathway_engine.service.days import Day
from pathway_engine.service.feeds import Appointment
from pathway_engine.service.news import Changes, Mark, Seen
from pathway_engine.service.views import Earlier, Principal, TaskDetail, TaskView, Why
from pathway_engine.web.ports import NO_ANSWERS
from tests.web.fake_access import FakeAccess

NOW = datetime(2026, 11, 18, 7, 2, tzinfo=UTC)
"""A Wednesday, two minutes past eight in Oslo."""


def nurse(person: str, name: str, unit: str, unit_name: str) -> Principal:
    """A nurse of one home care unit."""
    return Principal(
        person=person, name=name, role="home_care_nurse", seats=((unit, "home_care_nurse"),), unit_names=(unit_name,)
    )


KARI = nurse("kari", "Kari Moe", "lerkendal", "Sone Lerkendal")
OLA = nurse("ola", "Ola Berg", "lerkendal", "Sone Lerkendal")
FAR = nurse("far", "Fredrik Far", "roros", "Røros")
KEYS = {"kari-access-key": KARI, "ola-access-key": OLA, "far-access-key": FAR}


def _item(id: str, nb: str, en: str, type: str = "yes_no", **more: object) -> ChecklistItem:
    return ChecklistItem(id=id, text=Text(nb, en), type=type, **more)  # type: ignore[arg-type]


CHECKLIST = Checklist(
    id="hph2",
    title=Text("Strukturert oppfølging", "Structured follow-up"),
    items=(
        _item("list", "Er legemiddellisten gjennomgått?", "Is the medication list reviewed?", required=True),
        _item("food", "Spiser og drikker pasienten nok?", "Does the patient eat and drink enough?",
              deviation=("no",), proposes=Text("Ernæringskartlegging", "Nutrition screening")),
        _item("pain", "Smerter fra 0 til 10", "Pain from 0 to 10", "number", minimum=0, maximum=10),
        _item("weight", "Vekt", "Weight", "number", unit="kg", minimum=20, maximum=300),
        _item("mobility", "Hvordan går pasienten?", "How does the patient walk?", "choice",
              choices={"alone": Text("Alene", "Alone"), "aid": Text("Med hjelpemiddel", "With an aid"),
                       "help": Text("Med hjelp fra en person", "With help")}),
        _item("next", "Neste kontakt", "Next contact", "date"),
        _item("matters", "Hva er viktig for deg?", "What matters to you?", "text"),
    ),
)  # fmt: skip

WHY = Why(
    pathway="hph",
    pathway_version="1.0.0",
    definition_hash="3f" * 32,
    file="pathways/hph/pathway.yaml",
    lines=(81, 90),
    rule="HPH2: when_entering at_home, due 3 days",
    basis="RCT checklist 2; HPH2",
    event="discharged",
    event_words=Text("utskrevet", "discharged"),
    event_occurred_at=NOW - timedelta(days=1, hours=2),
    cause="discharged/900123",
    message="ADT^A03 MSG00017",
    message_received_at=NOW - timedelta(days=1, hours=1),
    arithmetic=Text(
        "tir. 17. nov. + 3 dager = fre. 20. nov., til dagens slutt",
        "Tue 17 Nov + 3 days = Fri 20 Nov, end of day",
    ),
    history=((NOW - timedelta(days=1), "raised"),),
)


def oslo_night(day: int) -> datetime:
    """The end of a day of November 2026 in Oslo."""
    return datetime(2026, 11, day, 22, 59, 59, tzinfo=UTC)


def view(id: str, **changes: object) -> TaskView:
    """A task of Lerkendal, raised on Tuesday and due at the end of Friday."""
    task = TaskView(
        id=id,
        key=f"{id}/key",
        step="HPH2",
        title=Text("Strukturert oppfølging av sykepleier", "Structured nurse follow-up"),
        pathway="hph",
        status=TaskStatus.REQUESTED.value,
        business_status="",
        severity="local",
        verified=True,
        owner_role="home_care_nurse",
        unit="lerkendal",
        unit_name="Sone Lerkendal",
        performer=None,
        performer_name="",
        patient_id="p1",
        patient_name="Anne B.",
        age=88,
        address="Nardovegen 14",
        raised_at=datetime(2026, 11, 17, 12, 30, tzinfo=UTC),
        opens_at=None,
        due_at=oslo_night(20),
        waits_for="",
        waits_for_words=Text("", ""),
        deferred_until=None,
        overdue=False,
        escalated=False,
        answered=0,
        questions=len(CHECKLIST.items),
        version=1,
        area="7032 Trondheim",
    )
    return replace(task, **changes)  # type: ignore[arg-type]


def kari_has() -> dict[str, object]:
    """The changes that make a task Kari's."""
    return {"performer": KARI.person, "performer_name": KARI.name, "status": TaskStatus.ACCEPTED.value}


def some_tasks() -> list[TaskView]:
    """One task in every section, and one of another municipality."""
    return [
        view(
            "t-over",
            due_at=datetime(2026, 11, 16, 14, tzinfo=UTC),
            overdue=True,
            escalated=True,
            raised_at=datetime(2026, 11, 13, 9, tzinfo=UTC),
            patient_id="p2",
            patient_name="Kari N.",
            area="7010 Trondheim",
            age=84,
            address="Prinsens gate 4B",
            **kari_has(),
        ),
        view(
            "t-today",
            step="HPH1",
            title=Text("Forberedelse hjemkomst", "Prepare homecoming"),
            due_at=datetime(2026, 11, 18, 12, tzinfo=UTC),
            patient_id="p3",
            patient_name="Ola H.",
            area="7030 Trondheim",
            age=79,
            address="Elgeseter gate 12",
            verified=False,
            **kari_has(),
        ),
        view(
            "t-answer",
            step="ANSWER",
            title=Text("Svar sykehuset om mottak", "Answer the hospital"),
            severity="law",
            due_at=datetime(2026, 11, 18, 9, 30, tzinfo=UTC),
            patient_id="p4",
            patient_name="Per S.",
            area="7031 Trondheim",
            age=91,
            address="Moholt allé 3",
            verified=False,
            **kari_has(),
        ),
        view("t-week", **kari_has()),
        view(
            "t-free",
            patient_id="p5",
            patient_name="Berit L.",
            age=77,
            address="Elgeseter gate 4",
            area="7030 Trondheim",
        ),
        view(
            "t-later",
            step="HPH5",
            title=Text("Fire-ukers samtale/revurdering", "Four-week review"),
            opens_at=datetime(2026, 11, 30, 23, tzinfo=UTC),
            due_at=datetime(2026, 12, 15, 22, 59, 59, tzinfo=UTC),
        ),
        view(
            "t-waits",
            step="HPH0",
            title=Text("Utskrivelse fra sykehus", "Discharge"),
            due_at=None,
            waits_for="discharged",
            waits_for_words=Text("utskrevet", "discharged"),
        ),
        view("t-far", unit="roros", unit_name="Røros", patient_name="Ukjent U.", address="Kjerkgata 1"),
    ]


class FakeService:
    """Keeps tasks in a dictionary and the promises of the WorklistService protocol."""

    def __init__(self, tasks: list[TaskView] | None = None) -> None:
        chosen = some_tasks() if tasks is None else tasks
        self.details = {task.id: detail_of(task) for task in chosen}
        self.done: dict[str, str] = {}
        self.acts: list[dict[str, object]] = []
        self.well = True
        self.access: FakeAccess = getattr(self, "access", None) or FakeAccess()
        self.gone: set[str] = set()
        self.forbidden: set[Act] = set()
        self.before: dict[tuple[str, str], TaskDetail] = {}
        self.feeds: dict[str, str] = {}
        self.seq = 1
        self.read: list[str] = []

    def principal_of_access_key(self, key: str) -> Principal | None:
        return KEYS.get(key)

    def principals_for_demo(self) -> list[Principal]:
        return [KARI, OLA, FAR]

    def principal(self, person: str, role: str) -> Principal | None:
        people = {(who.person, who.role): who for who in KEYS.values()}
        return None if person in self.gone else people.get((person, role))

    def worklist(self, who: Principal, now: datetime) -> list[TaskView]:
        tasks = [detail.task for detail in self.details.values() if detail.task.status in OPEN]
        return [task for task in tasks if (task.unit, task.owner_role) in who.seats]

    def task(self, who: Principal, task_id: str, now: datetime) -> TaskDetail:
        detail = self.details.get(task_id)
        if detail is None or (detail.task.unit, detail.task.owner_role) not in who.seats:
            raise UnknownTask
        return detail

    def act(
        self,
        who: Principal,
        task_id: str,
        act: Act,
        *,
        version: int,
        key: str,
        now: datetime,
        answers: Mapping[str, FactValue] = NO_ANSWERS,
        reason: str = "",
        comment: str = "",
        until: datetime | None = None,
        assignee: str | None = None,
    ) -> TaskDetail:
        detail = self.task(who, task_id, now)
        if key in self.done:
            return detail
        self._check(detail, act, version, answers, until)
        self.acting_on = reason
        after = self._after(detail, who, act, answers, comment, until, assignee, now)
        self.before[who.person, key] = detail
        self.seq += 1
        if act is Act.FOLLOW_UP:
            self._follow_up(detail, reason, until)
        self.details[task_id] = after
        self.done[key] = task_id
        self.acts.append({"act": act, "answers": dict(answers), "reason": reason, "comment": comment,
                          "until": until, "assignee": assignee, "who": who.person})  # fmt: skip
        return after

    def day(self, who: Principal, now: datetime, purpose: str = "list read") -> Day:
        self.read.append(purpose)
        others = tuple((each.person, each.name) for each in (KARI, OLA) if each != who)
        return Day(tuple(self.worklist(who, now)), others, self.seq)

    def visit(self, who: Principal, task_id: str, now: datetime) -> tuple[TaskView, ...]:
        patient = self.task(who, task_id, now).task.patient_id
        return tuple(task for task in self.worklist(who, now) if task.patient_id == patient)

    def undo(self, who: Principal, task_id: str, key: str, now: datetime) -> None:
        before = self.before.get((who.person, key))
        if before is None or before.task.id != task_id:
            raise UnknownTask
        version = self.details[task_id].task.version
        if version != before.task.version + 1:
            raise VersionConflict
        self.details[task_id] = replace(before, task=replace(before.task, version=version + 1))

    def changes(self, since: Mark | None, now: datetime, seen: Seen | None = None) -> Changes:
        grown = since is not None and since.seq != self.seq
        return Changes(Mark(self.seq, now), frozenset(KARI.seats) if grown else frozenset())

    def new_feed(self, who: Principal, key: str, now: datetime) -> None:
        self.feeds[who.person] = key

    def end_feed(self, who: Principal, now: datetime) -> None:
        self.feeds.pop(who.person, None)

    def has_feed(self, who: Principal) -> bool:
        return who.person in self.feeds

    def feed(self, key: str, now: datetime) -> list[Appointment] | None:
        who = next((each for each in KEYS.values() if self.feeds.get(each.person) == key), None)
        if who is None:
            return None
        mine = [task for task in self.worklist(who, now) if task.performer == who.person and task.due_at]
        return [Appointment(t.id, t.title, t.raised_at, t.due_at, t.version, now) for t in mine if t.due_at]

    def colleague_does(self, act: Act, task_id: str, **more: object) -> None:
        """Ola does something to a task, in the version that it has."""
        version = self.details[task_id].task.version
        self.act(OLA, task_id, act, version=version, key=f"ola-{self.seq:08}", now=NOW, **more)  # type: ignore[arg-type]

    def _follow_up(self, detail: TaskDetail, item_id: str, until: datetime | None) -> None:
        item = next(item for item in CHECKLIST.items if item.id == item_id)
        title = item.proposes or item.text
        task = replace(detail.task, id=f"{detail.task.id}-{item_id}", step="FOLLOW_UP", title=title, due_at=until,
                       questions=0, version=1, status=TaskStatus.REQUESTED.value)  # fmt: skip
        self.details[task.id] = detail_of(task)

    def health(self, now: datetime) -> Mapping[str, object]:
        return {"ok": self.well, "inbox": 0, "at": now}

    def _check(
        self,
        detail: TaskDetail,
        act: Act,
        version: int,
        answers: Mapping[str, FactValue],
        until: datetime | None,
    ) -> None:
        if act in self.forbidden:
            raise NotPermitted
        if version != detail.task.version:
            raise VersionConflict
        if act.value not in detail.allowed:
            raise IllegalTransition
        if act is Act.DEFER and until and detail.task.due_at and until > detail.task.due_at:
            raise OutsideWindow
        required = {i.id for i in detail.checklist.items if i.required} if detail.checklist else set()
        if act is Act.COMPLETE and not required <= {*detail.answers, *answers}:
            raise IncompleteChecklist

    def _after(
        self,
        detail: TaskDetail,
        who: Principal,
        act: Act,
        answers: Mapping[str, FactValue],
        comment: str,
        until: datetime | None,
        assignee: str | None,
        now: datetime,
    ) -> TaskDetail:
        status = next_status(TaskStatus(detail.task.status), act.value)
        known = {**detail.answers, **answers}
        changes: dict[str, object] = {"status": status.value, "version": detail.task.version + 1}
        if act is Act.CLAIM:
            changes |= {"performer": who.person, "performer_name": who.name}
        if act is Act.GIVE_BACK:
            changes |= {"performer": None, "performer_name": ""}
        if act is Act.ASSIGN and assignee:
            changes |= {"performer": assignee, "performer_name": dict(detail.colleagues)[assignee]}
        if act is Act.DEFER:
            changes |= {"deferred_until": until}
        comments = (*detail.comments, (now, who.name, comment)) if comment else detail.comments
        if act is Act.FOLLOW_UP:
            changes |= {"version": detail.task.version + 1}
            detail = replace(detail, followed_up=detail.followed_up | {self.acting_on})
        return replace(
            detail,
            task=replace(detail.task, answered=len(known), **changes),  # type: ignore[arg-type]
            answers=known,
            answers_by={**detail.answers_by, **dict.fromkeys(answers, who.name)},
            comments=comments,
            allowed=allowed_acts(status),
            last_change=(now, f"answered {who.name}"),
        )


def detail_of(task: TaskView) -> TaskDetail:
    """The page of *task*, with nothing answered."""
    return TaskDetail(
        task=task,
        checklist=CHECKLIST if task.questions else None,
        answers={},
        comments=(),
        allowed=allowed_acts(TaskStatus(task.status)),
        colleagues=((OLA.person, OLA.name),),
        why=WHY,
        birth_date=date(1938, 3, 2),
        phase=Text("Hjemme", "At home"),
        goal="Å komme ut i hagen igjen.",
        said=("Kan hun klare <trappene> hjemme?",),
        earlier={"weight": Earlier(71.5, "HPH0", NOW - timedelta(days=2)), "food": Earlier("yes")},
    )
