"""How tasks come and go: raised by what happens, ended by what happens or by what people do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pathway_engine.domain.conditions import Truth
from pathway_engine.domain.definition import (
    Checklist,
    ChecklistItem,
    Duration,
    Leaving,
    Move,
    Severity,
    Step,
    Text,
    Unit,
    WhileOpen,
)
from pathway_engine.domain.episode import Episode, Outgoing, Rules, fits
from pathway_engine.domain.errors import IllegalTransition
from pathway_engine.domain.events import Act, Acted, FactValue, Happened
from pathway_engine.domain.message_content import with_message
from pathway_engine.domain.records import replace
from pathway_engine.domain.tasks import Comment, Note, Task, TaskStatus
from pathway_engine.domain.windows import local_day, with_window

CLARIFY = "CLARIFY"
FOLLOW_UP = "FOLLOW_UP"
"""The built-in step of what a deviating answer leads to; no pathway file names it."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What raises a task: its stable key, the event's name, when, who told it, and what it counts from."""

    key: str
    event: str
    at: datetime
    source: str
    counts_from: datetime | None = None
    stay: str | None = None

    @classmethod
    def of(cls, event: Happened) -> Cause:
        """The cause that an event is."""
        return cls(event.cause, event.name, event.occurred_at, event.source, stay=event.stay)


def task_key(pathway: str, step: str, cause: str) -> str:
    """The stable key of a task: the same rule and cause give the same task for ever."""
    return f"{pathway}:{step}:{cause}"


def step_of(rules: Rules, task: Task) -> Step | None:
    """The step that *task* was raised by; a clarification has none in the file."""
    if task.step == FOLLOW_UP:
        return follow_up_step(rules, task)
    return clarification_step(task.owner) if task.step == CLARIFY else rules.pathway.steps.get(task.step)


def follow_up_step(rules: Rules, task: Task) -> Step:
    """The built-in step of a follow-up: named by what the deviating item proposes, kept and left as its own step is."""
    _, origin, item_id = task.event.split(" ")
    parent, checklist = rules.pathway.steps.get(origin), _checklist_of_step(rules, origin)
    item = next((item for item in checklist.items if item.id == item_id), None) if checklist else None
    return Step(
        id=FOLLOW_UP, title=follow_up_title(item), owner=task.owner, lines=parent.lines if parent else (0, 0),
        severity=Severity.LOCAL, verified=True,
        when_leaving=parent.when_leaving if parent else Leaving.CANCEL,
        when_leaving_by=parent.when_leaving_by if parent else {},
        basis="Et avvik på sjekklisten, vurdert av den som svarte / A deviation, judged by who answered",
    )  # fmt: skip


def follow_up_title(item: ChecklistItem | None) -> Text:
    """What the item proposes when its answer deviates; where it proposes nothing, the item itself."""
    if item is None:
        return Text("Følg opp avvik", "Follow up a deviation")
    return item.proposes or Text(f"Følg opp: {item.text.nb}", f"Follow up: {item.text.en}")


def clarification_step(owner: str) -> Step:
    """The built-in step that asks a person for the fact that a gate misses."""
    title = Text("Avklar opplysning som mangler", "Clarify missing information")
    return Step(
        id=CLARIFY, title=title, owner=owner, lines=(0, 0), due=Duration(0, Unit.DAYS),
        severity=Severity.LOCAL, checklist=CLARIFY, verified=True,
        basis="En ukjent opplysning avgjør ingenting i det stille / An unknown fact decides nothing in silence",
    )  # fmt: skip


def clarification_checklist(rules: Rules, missing: tuple[str, ...]) -> Checklist:
    """The questions of a clarification task: one item for each missing fact."""
    items = tuple(_clarification_item(rules, name) for name in missing)
    return Checklist(CLARIFY, Text("Avklaring", "Clarification"), items, template=False, verified=True)


def _clarification_item(rules: Rules, name: str) -> ChecklistItem:
    fact = rules.fact_type(name)
    kind = fact.kind if fact else "text"
    types = {"boolean": "yes_no", "integer": "number"}
    choices = {code: rules.pathway.word(code) for code in fact.choices} if fact else {}
    return ChecklistItem(name, rules.pathway.word(name), types.get(kind, kind), True, choices, fact=name)


def checklist_of(rules: Rules, task: Task) -> Checklist | None:
    """The checklist that *task* is answered by, or None."""
    if task.step == CLARIFY:
        return clarification_checklist(rules, task.missing_facts)
    return _checklist_of_step(rules, task.step)


def _checklist_of_step(rules: Rules, name: str) -> Checklist | None:
    step = rules.pathway.steps.get(name)
    return None if step is None or step.checklist is None else rules.pathway.checklists.get(step.checklist)


def raised(rules: Rules, episode: Episode, step: Step, cause: Cause) -> Episode:
    """Raise *step* for *cause* unless it is there already, not valid then, or its condition is false."""
    key = task_key(episode.pathway, step.id, cause.key)
    if key in episode.tasks or not _is_valid(rules, episode, step, cause.at):
        return episode
    truth = Truth.TRUE if step.condition is None else step.condition.evaluate(episode.facts, cause.at)
    if truth is Truth.FALSE or (truth is Truth.UNKNOWN and step.if_unknown == "skip"):
        return episode
    missing = step.condition.missing(episode.facts) if step.condition and truth is Truth.UNKNOWN else ()
    return _raised_beside(rules, episode, step, _new_task(episode, step, cause, key, missing))


def _raised_beside(rules: Rules, episode: Episode, step: Step, task: Task) -> Episode:
    """Raise *task*; what is still open of the same step stays, keeps it away, or counts as missed."""
    still_open = [other for other in episode.open_tasks if other.step == step.id]
    if still_open and step.while_open is WhileOpen.KEEP:
        return episode
    if step.while_open is WhileOpen.MISS:
        for other in still_open:
            episode = episode.with_task(other.ended(task.raised_at, "miss", "missed", "the next one began"))
    episode = episode.with_task(with_window(rules, episode, step, task))
    episode = _sent(rules, episode, step, task, "raised", task.raised_at)
    return _held_acts_applied(rules, episode, task.key)


def _new_task(episode: Episode, step: Step, cause: Cause, key: str, missing: tuple[str, ...]) -> Task:
    return Task(
        key=key, pathway=episode.pathway, step=step.id, owner=step.owner, cause=cause.key, event=cause.event,
        source=cause.source, stay=cause.stay, entry=episode.entered_by, raised_at=cause.at, place=episode.place,
        anchor=step.due_from or cause.event, anchor_at=cause.counts_from or cause.at, missing_facts=missing,
        history=(Note(cause.at, "raised", cause.event),),
    )  # fmt: skip


def _is_valid(rules: Rules, episode: Episode, step: Step, at: datetime) -> bool:
    day = local_day(at, rules.calendar(episode).time_zone)
    return (step.valid_from is None or step.valid_from <= day) and (step.valid_to is None or day <= step.valid_to)


def _sent(rules: Rules, episode: Episode, step: Step, task: Task, when: str, at: datetime) -> Episode:
    if step.sends is None or step.sends.when != when:
        return episode
    return with_message(
        rules, episode, step.sends, Outgoing(f"{task.key}/{step.sends.message}", step.sends.message, task.key, at),
        task.answers, checklist_of(rules, task),
    )  # fmt: skip


def clarified(rules: Rules, episode: Episode, event: Happened, moves: tuple[Move, ...]) -> Episode:
    """Ask a person for the facts that held *moves* back; nothing is decided meanwhile."""
    if not moves:
        return episode
    names = (name for move in moves if move.condition for name in move.condition.missing(episode.facts))
    missing = tuple(dict.fromkeys(names))
    step = clarification_step(moves[0].clarify)
    key = task_key(episode.pathway, CLARIFY, event.cause)
    if key in episode.tasks:
        return episode
    task = _new_task(episode, step, Cause.of(event), key, missing)
    episode = episode.with_task(with_window(rules, episode, step, task))
    return _held_acts_applied(rules, episode, key)


# -- ends ------------------------------------------------------------------------------------------


def ended_by_event(rules: Rules, episode: Episode, event: Happened, keys: frozenset[str]) -> Episode:
    """Complete or cancel those of the tasks *keys* that wait for this event."""
    for key in sorted(keys):
        task = episode.tasks[key]
        step = step_of(rules, task)
        if step is None or not task.is_open:
            continue
        if event.name in step.completed_by:
            episode = _fulfilled(rules, episode, step, task, event)
        elif event.name in step.cancelled_by:
            episode = episode.with_task(task.ended(event.occurred_at, "cancel", "cancelled-by", event.name))
    return episode


def _fulfilled(rules: Rules, episode: Episode, step: Step, task: Task, event: Happened) -> Episode:
    late = task.due_at is not None and event.occurred_at > task.due_at
    done = task.ended(event.occurred_at, "fulfil", "late" if late else "in-time", event.name)
    return _completion_followed(rules, episode.with_task(done), step, done, event.occurred_at)


def left(rules: Rules, episode: Episode, event: Happened, *, finishing: bool) -> Episode:
    """End, keep or pause what belongs to the phase that *event* leaves; an end phase closes the rest."""
    for task in episode.open_tasks:
        if finishing or task.entry == episode.entered_by:
            episode = episode.with_task(_left_task(rules, task, event, finishing=finishing))
    return episode


def _left_task(rules: Rules, task: Task, event: Happened, *, finishing: bool) -> Task:
    step = step_of(rules, task)
    policy = Leaving.CANCEL if step is None else step.when_leaving_by.get(event.name, step.when_leaving)
    at = event.occurred_at
    match policy:
        case Leaving.KEEP:
            return task
        case Leaving.PAUSE if not finishing:
            return task if task.status is TaskStatus.ON_HOLD else task.paused(at)
        case Leaving.MISS if not finishing:  # the end closes quietly: nobody missed anything for who is dead
            return task.ended(at, "miss", "missed", event.name)
        case _:
            return task.ended(at, "cancel", "not-needed", event.name)


# -- what people do --------------------------------------------------------------------------------


def acted(rules: Rules, episode: Episode, act: Acted) -> Episode:
    """Apply what a person did; hold it when its task is not raised yet, note it when it came too late."""
    task = episode.tasks.get(act.task)
    if task is None:
        return replace(episode, held=(*episode.held, act))
    try:
        changed = task.after(act)
    except IllegalTransition:
        return episode.with_task(_kept_though_late(task, act))
    episode = episode.with_task(changed)
    step = step_of(rules, changed)
    if act.act is Act.FOLLOW_UP:
        return _followed_up(rules, episode, changed, act)
    if act.act is not Act.COMPLETE or step is None:
        return episode
    return _completion_followed(rules, episode, step, changed, act.occurred_at)


def follow_up_key(task: Task, item: str) -> str:
    """The key of the follow-up of one item of *task*: asked for twice, it is still one."""
    return task_key(task.pathway, FOLLOW_UP, f"{task.cause}+{task.step}.{item}")


def _followed_up(rules: Rules, episode: Episode, origin: Task, act: Acted) -> Episode:
    """Raise the follow-up of one item, due when the one who asked for it said, on the same role's list."""
    key = follow_up_key(origin, act.reason)
    if key in episode.tasks:
        return episode
    event, at = f"deviation {origin.step} {act.reason}", act.occurred_at
    task = Task(
        key=key, pathway=origin.pathway, step=FOLLOW_UP, owner=origin.owner, cause=f"{origin.cause}+{origin.step}",
        event=event, source=origin.source, stay=origin.stay, entry=episode.entered_by, raised_at=at,
        place=episode.place, anchor=event, anchor_at=at, due_at=act.until, unit=origin.unit,
        history=(Note(at, "raised", event),),
    )  # fmt: skip
    if act.comment:
        task = replace(task, comments=(Comment(at, act.performer, act.comment),))
    return _held_acts_applied(rules, episode.with_task(task), key)


def _kept_though_late(task: Task, act: Acted) -> Task:
    """What was done on a task that had ended meanwhile changes nothing, but nothing typed is lost."""
    kept = replace(task, answers={**act.answers, **task.answers})
    detail = f"{act.act} by {act.performer}: {act.comment}".rstrip(": ")
    return kept.noted(act.occurred_at, "not-applied", detail)


def _held_acts_applied(rules: Rules, episode: Episode, key: str) -> Episode:
    mine = tuple(act for act in episode.held if act.task == key)
    if not mine:
        return episode
    episode = replace(episode, held=tuple(act for act in episode.held if act.task != key))
    for act in mine:
        episode = acted(rules, episode, act)
    return episode


def _completion_followed(rules: Rules, episode: Episode, step: Step, task: Task, at: datetime) -> Episode:
    """Let answers become facts, the message go out, and the steps that wait for this one start."""
    episode = replace(episode, facts={**episode.facts, **answered_facts(rules, task)})
    episode = _sent(rules, episode, step, task, "completed", at)
    for follower in rules.pathway.steps.values():
        if step.id in follower.when_completed and _in_phase(follower, episode.phase):
            cause = Cause(f"{task.cause}+{step.id}", f"completed {step.id}", at, task.source, stay=task.stay)
            episode = raised(rules, episode, follower, cause)
    return episode


def _in_phase(step: Step, phase: str) -> bool:
    return not step.in_phases or phase in step.in_phases


def answered_facts(rules: Rules, task: Task) -> Mapping[str, FactValue]:
    """The facts that the task's answers fill: only those of the right type."""
    checklist = checklist_of(rules, task)
    facts: dict[str, FactValue] = {}
    for item in checklist.items if checklist else ():
        fact = rules.fact_type(item.fact or "")
        value = as_fact(task.answers.get(item.id))
        if item.fact and fact and value is not None and fits(fact, value):
            facts[item.fact] = value
    return facts


def as_fact(answer: FactValue | None) -> FactValue | None:
    """A yes/no answer as a boolean; *not applicable* says nothing; everything else as it is."""
    match answer:
        case "yes":
            return True
        case "no":
            return False
        case "not_applicable" | None:
            return None
        case _:
            return answer
