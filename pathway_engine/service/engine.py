"""The service as its callers see it: one object, one method a use case, no time or chance of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pathway_engine.domain.directory import Organisation
from pathway_engine.domain.events import Act, FactValue
from pathway_engine.service import (
    acting,
    board,
    days,
    feeds,
    free_places,
    health,
    inbox_acts,
    inbox_desk,
    news,
    notices,
    office_answers,
    parking,
    patient_course,
    quality,
    receipts,
    receiving,
    registering,
    sending,
    told_by_hand,
    undoing,
    waking,
    worklists,
)
from pathway_engine.service.access.doors import Access
from pathway_engine.service.board_views import Board
from pathway_engine.service.context import Context
from pathway_engine.service.course_views import PatientCourse
from pathway_engine.service.free_places import SaidPlaces
from pathway_engine.service.health import State
from pathway_engine.service.inbox_acts import InboxAct
from pathway_engine.service.inbox_views import MessageInFull, MessageLine, Sought
from pathway_engine.service.news import Changes, Mark, Seen
from pathway_engine.service.office_answers import OfficeAnswer
from pathway_engine.service.quality import ALL, MONTHS, QualityReport
from pathway_engine.service.receipts import Answered, Receipt
from pathway_engine.service.receiving import Incoming, Received
from pathway_engine.service.registering import Receipt as ByHand
from pathway_engine.service.registering import Registration
from pathway_engine.service.sending import Clock
from pathway_engine.service.told_by_hand import Telling
from pathway_engine.service.views import Principal, TaskDetail, TaskView
from pathway_engine.service.waking import Woken
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import EpisodeRow, InboxRow, OutgoingRow


@dataclass(frozen=True, slots=True)
class Engine:
    """All use cases over one context."""

    context: Context

    # -- messages and time

    def receive(self, incoming: Incoming, now: datetime) -> Received:
        """Store and apply one message."""
        return receiving.receive(self.context, incoming, now)

    def wake_due(self, now: datetime, limit: int | None = None) -> Woken:
        """Apply what waits in the inbox, then let time take effect; called by every heartbeat.

        *limit* is a number of patients after which to stop for now.
        """
        try:
            receiving.apply_waiting(self.context, now)
        finally:  # whatever is wrong with what waits, time goes on
            woken = waking.wake_due(self.context, now, limit)
        return woken

    def send_next(self, clock: Clock) -> bool:
        """Send the one message whose turn it is; False when there is none."""
        return sending.send_next(self.context, clock)

    def send_due(self, clock: Clock) -> int:
        """Send everything that is due, and ask for receipts that are missing."""
        return sending.send_due(self.context, clock)

    def miss_receipts(self, now: datetime) -> int:
        """Give up on receipts that should have come by *now*, so that a person asks."""
        return sending.miss_receipts(self.context, now)

    def acknowledged(
        self, message_id: str, answer: Answered, now: datetime, *, actor: str, code: str = "",
        given_at: datetime | None = None,
    ) -> Receipt:  # fmt: skip
        """Take a receiver's receipt for a message that was sent; it was written at *given_at*."""
        return receipts.acknowledged(self.context, message_id, answer, now, actor=actor, code=code, given_at=given_at)

    def beat(self, name: str, now: datetime) -> None:
        """Note that the loop *name* lives."""
        self.context.committed(lambda records: records.beat(name, now))

    def try_parked_again(self, now: datetime, episode_id: str | None = None, *, actor: str = "start") -> int:
        """Let the next heartbeat try a parked episode, or all of them, whenever their turn is; return how many."""
        return parking.try_again(self.context, now, episode_id, actor=actor)

    # -- lists for those who run the program; whose rows they were shown is put on record

    def messages(self, dispositions: Sequence[str], limit: int, *, actor: str, now: datetime) -> list[InboxRow]:
        """The newest received messages."""

        def read(records: Records) -> list[InboxRow]:
            rows = records.messages(dispositions=dispositions, limit=limit)
            shown = (row.patient_id for row in rows)
            records.write_list_read(at=now, actor=actor, role="operator", shown=shown, action="inbox read")
            return rows

        return self.context.committed(read)

    def outgoing(self, statuses: Sequence[str], limit: int, *, actor: str, now: datetime) -> list[OutgoingRow]:
        """The newest outgoing messages."""

        def read(records: Records) -> list[OutgoingRow]:
            rows = records.outgoing_messages(statuses, limit)
            shown = (row.patient_id for row in rows)
            records.write_list_read(at=now, actor=actor, role="operator", shown=shown, action="outbox read")
            return rows

        return self.context.committed(read)

    def parked(self, *, actor: str, now: datetime) -> list[EpisodeRow]:
        """The episodes whose clock has stopped."""

        def read(records: Records) -> list[EpisodeRow]:
            rows = records.parked()
            shown = (row.patient_id for row in rows)
            records.write_list_read(at=now, actor=actor, role="operator", shown=shown, action="parked read")
            return rows

        return self.context.committed(read)

    # -- people

    def principal(self, person: str, role: str) -> Principal | None:
        """A person of the directory, signed in by one of his or her roles; None without a seat of that role.

        Without a *role* it is that of the first seat.
        """
        known = self.context.directory.people.get(person)
        role = role or (known.seats[0][1] if known and known.seats else "")
        if known is None or role not in {seat for _, seat in known.seats}:
            return None
        organisations = self.context.directory.organisations
        units = dict.fromkeys(unit for unit, _ in known.seats)
        names = tuple(organisations[unit].name if unit in organisations else unit for unit in units)
        return Principal(person=known.id, name=known.name, role=role, seats=known.seats, unit_names=names)

    def principals_for_demo(self) -> list[Principal]:
        """Everybody in the directory, to choose from where a demonstration allows it."""
        people = sorted(self.context.directory.people.values(), key=lambda person: (person.name, person.id))
        found = [self.principal(person.id, person.seats[0][1]) for person in people if person.seats]
        return [principal for principal in found if principal is not None]

    def principal_of_access_key(self, key: str) -> Principal | None:
        """Whose key it is; only the key's hash is kept."""
        with self.context.store.reading() as records:
            person = records.person_of_access_key(hashlib.sha256(key.encode()).hexdigest())
        known = self.context.directory.people.get(person or "")
        return self.principal(known.id, known.seats[0][1]) if known and known.seats else None

    def grant_access_key(self, person: str, key: str, now: datetime) -> None:
        """Let *person* sign in with *key*."""
        digest = hashlib.sha256(key.encode()).hexdigest()
        self.context.committed(lambda records: records.put_access_key(digest, person, now))

    # -- access

    @property
    def access(self) -> Access:
        """Accounts, sessions, sign-ons and emergency access."""
        return Access(self.context)

    # -- tasks

    def worklist(self, who: Principal, now: datetime) -> list[TaskView]:
        """The open tasks on the lists of *who*."""
        return notices.with_notices(self.context, who, worklists.worklist(self.context, who, now), now)

    def task(self, who: Principal, task_id: str, now: datetime) -> TaskDetail:
        """One task in full. Raises UnknownTask."""
        detail = notices.notice_detail if notices.is_notice(task_id) else worklists.task_detail
        return detail(self.context, who, task_id, now)

    def act(
        self,
        who: Principal,
        task_id: str,
        act: Act,
        *,
        version: int,
        key: str,
        now: datetime,
        answers: Mapping[str, FactValue] | None = None,
        reason: str = "",
        comment: str = "",
        until: datetime | None = None,
        assignee: str | None = None,
    ) -> TaskDetail:
        """Do something to a task and return it as it then is. Raises the TaskError family."""
        request = acting.Request(
            task_id=task_id, act=act, version=version, key=key, answers=answers or {}, reason=reason,
            comment=comment, until=until, assignee=assignee,
        )  # fmt: skip
        if notices.is_notice(task_id):
            notices.act_on_notice(self.context, who, request, now)
            return self.task(who, task_id, now)

        def done(records: Records) -> TaskDetail:
            acting.act(self.context, records, who, request, now)
            return worklists.task_after(self.context, records, who, task_id, now)

        return self.context.committed(done)

    # -- boards and patients

    def board(self, who: Principal, now: datetime) -> Board:
        """The board of the ward or office that *who* sits in."""
        return board.board(self.context, who, now)

    def say_places(self, who: Principal, said: SaidPlaces, now: datetime) -> None:
        """Keep what a municipality says of its free places. Raises the TaskError family."""
        free_places.say_places(self.context, who, said, now)

    def office_answer(self, who: Principal, patient_id: str, now: datetime) -> OfficeAnswer:
        """The office's answer for a patient: the step that gives it, and how far the last one has come."""
        return office_answers.office_answer(self.context, who, patient_id, now)

    def patient(self, who: Principal, patient_id: str, now: datetime) -> PatientCourse:
        """One patient's course. Raises UnknownPatient."""
        return patient_course.patient_course(self.context, who, patient_id, now)

    def tell(self, who: Principal, given: Telling, now: datetime) -> None:
        """Tell what no message tells of a patient. Raises UnknownPatient or the TaskError family."""
        told_by_hand.tell(self.context, who, given, now)

    def wards_by_hand(self, who: Principal) -> list[Organisation]:
        """The wards for which *who* may register by hand."""
        return registering.wards_of(self.context.directory, who)

    def municipalities(self) -> list[Organisation]:
        """The municipalities of the directory, by name."""
        return registering.municipalities(self.context.directory)

    def register(self, who: Principal, given: Registration, now: datetime) -> ByHand:
        """Take what a ward registers by hand as a message. Raises the TaskError family."""
        return registering.register(self.context, who, given, now)

    def registration(self, who: Principal, number: int, now: datetime) -> ByHand:
        """The receipt of such a message."""
        return registering.receipt(self.context, who, number, now)

    # -- the day: lists read as one, undoing, what changed, and the calendar feed

    def day(self, who: Principal, now: datetime, purpose: str = "list read") -> days.Day:
        """The lists of *who* and what goes with them; that they were read is put on record."""
        return days.day(self.context, who, now, purpose)

    def visit(self, who: Principal, task_id: str, now: datetime) -> tuple[TaskView, ...]:
        """The open tasks that *who* has with the patient of a task, in the order of the list. Raises UnknownTask."""
        return days.visit(self.context, who, task_id, now)

    def undo(self, who: Principal, task_id: str, key: str, now: datetime) -> None:
        """Take back what *who* has just done under *key*. Raises the TaskError family."""
        self.context.committed(lambda records: undoing.undo(self.context, records, who, task_id, key, now))

    def changes(self, since: Mark | None, now: datetime, seen: Seen | None = None) -> Changes:
        """Whose lists are concerned by what came after *since*, but for what was *seen* already."""
        return news.changes(self.context, since, now, seen)

    def new_feed(self, who: Principal, key: str, now: datetime) -> None:
        """Let *key* open the calendar of *who*, and no earlier key."""
        feeds.new_feed(self.context, who, key, now)

    def end_feed(self, who: Principal, now: datetime) -> None:
        """Let no key open the calendar of *who*."""
        feeds.end_feed(self.context, who, now)

    def has_feed(self, who: Principal) -> bool:
        """Whether a key opens the calendar of *who*."""
        return feeds.has_feed(self.context, who)

    def feed(self, key: str, now: datetime) -> list[feeds.Appointment] | None:
        """What the calendar that *key* opens holds; None when it opens none."""
        found = feeds.owner(self.context, key)
        who = self.principal(*found) if found else None
        return feeds.appointments(self.context, who, now) if who else None

    # -- the inbox of the message responsible

    def inbox(self, who: Principal, now: datetime) -> list[MessageLine]:
        """The messages to and from the asker's organisations that wait for a person."""
        return inbox_desk.inbox(self.context, who, now)

    def message_in_full(self, who: Principal, name: str, now: datetime, sought: Sought | None = None) -> MessageInFull:
        """One message with who its patient may be. Raises UnknownTask."""
        return inbox_desk.message_in_full(self.context, who, name, now, sought)

    def act_on_message(self, who: Principal, name: str, asked: InboxAct, now: datetime) -> bool:
        """Run it again, place it or send it again, once a key. Raises the TaskError family."""
        return inbox_acts.act_on_message(self.context, who, name, asked, now)

    # -- leaders

    def quality(
        self, who: Principal, now: datetime, *, unit: str = ALL, first: date | None = None, months: int = MONTHS
    ) -> QualityReport:
        """Quality figures of the asker's own units. Raises NotPermitted."""
        return quality.quality(self.context, who, now, unit=unit, first=first, months=months)

    # -- operation

    def state(self, now: datetime, machine_time: Clock | None = None) -> State:
        """How the house is, looked at once; with *machine_time* this machine's clock is held against the database's."""
        return health.state_of(self.context, now, machine_time)

    def health(self, now: datetime) -> Mapping[str, object]:
        """Is everything alive, and does anything wait for a person? Counts only.

        Workers share one heartbeat: `silent` names it when all of them are silent, or none has ever run.
        """
        return health.told(self.state(now))
