"""One step of the fold: an episode after an event, after an act, or after some time."""

from __future__ import annotations

from datetime import datetime

from pathway_engine.domain import raising
from pathway_engine.domain.deadlines import recurrence
from pathway_engine.domain.definition import Leaving, Step
from pathway_engine.domain.episode import Anchor, Episode, Recurrence, Rules, fits
from pathway_engine.domain.events import Acted, Happened
from pathway_engine.domain.message_content import announced
from pathway_engine.domain.raising import CLARIFY, Cause, raised
from pathway_engine.domain.records import replace
from pathway_engine.domain.settlement import Told, sort_key
from pathway_engine.domain.tasks import Task, TaskStatus
from pathway_engine.domain.windows import PHASE, escalations, with_window


def step(rules: Rules, episode: Episode, event: Happened) -> Episode:
    """Return the episode after *event*, having first let time pass up to it."""
    episode = _advance(rules, episode, event.occurred_at, including=False)
    if episode.finished_at is not None:
        return marked(_after_the_end(rules, episode, event), event)
    return marked(happened(rules, episode, event), event)


def act(rules: Rules, episode: Episode, acted: Acted) -> Episode:
    """Return the episode after what a person did, having first let time pass up to it."""
    episode = _advance(rules, episode, acted.occurred_at, including=False)
    after = _answers_taken(rules, episode, raising.acted(rules, episode, acted))
    return marked(_realigned(rules, after), acted)


def advance(rules: Rules, episode: Episode, until: datetime) -> Episode:
    """Let time pass up to and including *until*; looking more often changes nothing."""
    return _advance(rules, episode, until, including=True)


def continues(episode: Episode, told: Told) -> bool:
    """True when *told* comes after all that the episode has seen, so that `step` equals a new fold."""
    effect = episode.last_effect_at
    return sort_key(told) > episode.last_key and (effect is None or effect < told.occurred_at)


def next_wake_at(rules: Rules, episode: Episode) -> datetime | None:
    """The earliest instant at which time alone changes the episode; None when it never does."""
    instants = [at for at, _ in _timed(rules, episode)]
    return min(instants, default=None)


# -- time ------------------------------------------------------------------------------------------


def _timed(rules: Rules, episode: Episode) -> list[tuple[datetime, tuple[str, str]]]:
    """Everything that time alone will do: (instant, (task key, role)) or (instant, ("", step))."""
    effects = [
        (at, (task.key, role))
        for task in episode.tasks.values()
        if task.is_open  # most of a long episode's are not, and need no look at their step
        for at, role in escalations(rules, episode, raising.step_of(rules, task), task)
    ]
    running = [recurring for recurring in episode.recurrences if recurring.paused_at is None]
    return effects + [(_comes_at(rules, episode, recurring), ("", recurring.step)) for recurring in running]


def _comes_at(rules: Rules, episode: Episode, recurring: Recurrence) -> datetime:
    every = rules.pathway.steps[recurring.step].every
    assert every is not None
    return recurrence(recurring.since, every, recurring.count, rules.calendar(episode))


def _advance(rules: Rules, episode: Episode, until: datetime, *, including: bool) -> Episode:
    while effects := _timed(rules, episode):
        at, (key, name) = min(effects)
        if at > until or (at == until and not including):
            break
        episode = _risen(episode, at, key, name) if key else _recurred(rules, episode, at, name)
        episode = replace(episode, last_effect_at=at)
    return episode


def _risen(episode: Episode, at: datetime, key: str, role: str) -> Episode:
    task = episode.tasks[key]
    if not role:
        return episode.with_task(replace(task, overdue_noted=True).noted(at, "overdue"))
    return episode.with_task(replace(task, escalated=(*task.escalated, role)).noted(at, "escalated", role))


def _recurred(rules: Rules, episode: Episode, at: datetime, name: str) -> Episode:
    recurring = next(other for other in episode.recurrences if other.step == name)
    cause = Cause(f"{recurring.cause}#{recurring.count}", f"every {name}", at, "")
    later = replace(recurring, count=recurring.count + 1)
    others = tuple(later if other is recurring else other for other in episode.recurrences)
    return raised(rules, replace(episode, recurrences=others), rules.pathway.steps[name], cause)


# -- events ----------------------------------------------------------------------------------------


def happened(rules: Rules, episode: Episode, event: Happened) -> Episode:
    """Take *event* at its instant: facts, ends, move, starts, deadlines, in this order."""
    return _realigned(rules, _answers_taken(rules, episode, _unfolded(rules, episode, event)))


def _unfolded(rules: Rules, episode: Episode, event: Happened) -> Episode:
    if episode.is_superseded(event.stay):
        return _told_of_an_earlier_stay(rules, episode, event)
    before, waiting = episode.phase, frozenset(task.key for task in episode.open_tasks)
    episode = with_anchor(with_facts(rules, episode, event), event.name, event)
    episode = raising.ended_by_event(rules, episode, event, waiting)
    episode = with_stay(rules, _moved(rules, episode, event), event)
    if episode.finished_at is None:
        episode = _raised_on_event(rules, episode, event, before)
    return _announced(rules, episode, event, before)


def _announced(rules: Rules, episode: Episode, event: Happened, before: str) -> Episode:
    """Let the messages go out that this event sends by itself."""
    for rule in rules.pathway.messages.values():
        if event.name in rule.when_event and (not rule.in_phases or before in rule.in_phases):
            episode = announced(rules, episode, rule, event)
    return episode


def _told_of_an_earlier_stay(rules: Rules, episode: Episode, event: Happened) -> Episode:
    """The patient lies elsewhere by now: what the earlier stay tells ends its own tasks and moves nobody."""
    own = frozenset(task.key for task in episode.open_tasks if task.stay == event.stay)
    episode = raising.ended_by_event(rules, episode, event, own)
    return episode.noted(event.occurred_at, "earlier-stay", event.name)


def with_stay(rules: Rules, episode: Episode, event: Happened) -> Episode:
    """Remember the stay that an event which places the patient belongs to; a new one becomes the current."""
    if event.stay is None or event.stay in episode.stays or not rules.follows_stay(event):
        return episode
    return replace(episode, stays=(*episode.stays, event.stay))


def _after_the_end(rules: Rules, episode: Episode, event: Happened) -> Episode:
    """A closed episode still lets its kept tasks be ended by what they wait for."""
    waiting = frozenset(task.key for task in episode.open_tasks)
    episode = with_anchor(episode, event.name, event)
    return _realigned(rules, raising.ended_by_event(rules, episode, event, waiting))


def marked(episode: Episode, told: Told) -> Episode:
    """Remember that the episode has seen *told*."""
    return replace(episode, last_key=max(episode.last_key, sort_key(told)))


def with_facts(rules: Rules, episode: Episode, event: Happened) -> Episode:
    """Take the facts that *event* brings, and forget those that it ends."""
    forgotten = {name for name, fact in rules.pathway.facts.items() if event.name in fact.forget_on}
    facts = {name: value for name, value in episode.facts.items() if name not in forgotten}
    for name, value in event.facts.items():
        fact = rules.fact_type(name)
        if fact is not None and fits(fact, value):
            facts[name] = value
        elif fact is not None:
            episode = episode.noted(event.occurred_at, "fact-refused", name)
    return replace(episode, facts=facts)


def with_anchor(episode: Episode, name: str, event: Happened) -> Episode:
    """Remember *event* as the latest occurrence of *name*."""
    return replace(episode, anchors={**episode.anchors, name: Anchor(event.occurred_at, event.cause)})


def _moved(rules: Rules, episode: Episode, event: Happened) -> Episode:
    move, unknown = rules.move(episode, event, event.occurred_at)
    if move is None:
        return raising.clarified(rules, episode, event, unknown)
    if move.target == episode.phase and not move.new_stay:
        return episode
    finishing = move.target in rules.pathway.end
    episode = raising.left(rules, episode, event, finishing=finishing)
    return _entered(rules, episode, move.target, event)


def _entered(rules: Rules, episode: Episode, phase: str, event: Happened) -> Episode:
    episode = in_phase(episode, phase, event).noted(event.occurred_at, "phase", phase)
    if phase in rules.pathway.end:
        return replace(episode, finished_at=event.occurred_at, recurrences=())
    episode = _resumed(rules, episode, event)
    episode = recurrences_changed(rules, episode, event)
    return raised_on_entry(rules, episode, Cause.of(event))


def in_phase(episode: Episode, phase: str, event: Happened) -> Episode:
    """Stand in *phase* since *event*."""
    at, cause = event.occurred_at, event.cause
    anchors = {**episode.anchors, PHASE + phase: Anchor(at, cause)}
    return replace(episode, phase=phase, entered_at=at, entered_by=cause, anchors=anchors)


def raised_on_entry(rules: Rules, episode: Episode, cause: Cause) -> Episode:
    """Raise what entering the episode's phase starts."""
    for step_ in rules.pathway.steps.values():
        if episode.phase in step_.when_entering:
            episode = raised(rules, episode, step_, cause)
    return episode


def _raised_on_event(rules: Rules, episode: Episode, event: Happened, before: str) -> Episode:
    for step_ in rules.pathway.steps.values():
        if event.name in step_.when_event and (not step_.in_phases or before in step_.in_phases):
            episode = raised(rules, episode, step_, Cause.of(event))
    return episode


def _resumed(rules: Rules, episode: Episode, event: Happened) -> Episode:
    """Take off hold what was paused when the patient left the phase now entered again."""
    for task in episode.open_tasks:
        step_ = raising.step_of(rules, task)
        if task.status is TaskStatus.ON_HOLD and step_ is not None and _belongs(step_, episode.phase):
            episode = episode.with_task(task.resumed(event.occurred_at, event.cause))
    return episode


def _belongs(step_: Step, phase: str) -> bool:
    return phase in (step_.when_entering or step_.in_phases or (phase,))


def recurrences_changed(rules: Rules, episode: Episode, event: Happened) -> Episode:
    """Stop, pause, resume or start what comes again, as the phase now entered says."""
    kept = [_carried(rules, recurring, episode.phase, event) for recurring in episode.recurrences]
    running = tuple(recurring for recurring in kept if recurring is not None)
    known = {recurring.step for recurring in running}
    fresh = tuple(
        Recurrence(step_.id, event.cause, event.occurred_at)
        for step_ in rules.pathway.steps.values()
        if step_.every is not None and episode.phase in step_.in_phases and step_.id not in known
    )
    episode = replace(episode, recurrences=running + fresh)
    return _at_once(rules, episode, fresh, event.occurred_at)


def _carried(rules: Rules, recurring: Recurrence, phase: str, event: Happened) -> Recurrence | None:
    step_ = rules.pathway.steps[recurring.step]
    if phase in step_.in_phases:
        if recurring.paused_at is None:
            return recurring
        since = recurring.since + (event.occurred_at - recurring.paused_at)
        return replace(recurring, since=since, paused_at=None)
    if step_.when_leaving_by.get(event.name, step_.when_leaving) is not Leaving.PAUSE:
        return None
    return replace(recurring, paused_at=recurring.paused_at or event.occurred_at)


def _at_once(rules: Rules, episode: Episode, fresh: tuple[Recurrence, ...], at: datetime) -> Episode:
    """Raise what a daily step asks for on the very day of entry."""
    for recurring in fresh:
        if _comes_at(rules, episode, recurring) <= at:
            episode = _recurred(rules, episode, at, recurring.step)
    return episode


def _realigned(rules: Rules, episode: Episode) -> Episode:
    """Let open tasks follow a corrected anchor, a new latest date, or a move to another place."""
    place = episode.place
    for task in episode.open_tasks:
        step_ = raising.step_of(rules, task)
        if step_ is None or (task.place == place and not (step_.due_from or step_.no_later_than)):
            continue
        aligned = with_window(rules, episode, step_, task).with_values(place=place)
        episode = episode if aligned is task else episode.with_task(aligned)
    return episode


def _answers_taken(rules: Rules, before: Episode, after: Episode) -> Episode:
    """Let every clarification that has just been answered move the patient after all."""
    for key, task in sorted(after.tasks.items()):
        answered = task.step == CLARIFY and task.status is TaskStatus.COMPLETED
        if answered and (key not in before.tasks or before.tasks[key].is_open):
            after = _cleared(rules, after, task)
    return after


def _cleared(rules: Rules, episode: Episode, task: Task) -> Episode:
    """Take the held-back event again with the fact now known, at the instant it happened."""
    anchor = episode.anchors.get(task.event)
    if anchor is None or anchor.cause != task.cause or episode.finished_at is not None:
        return episode
    event = Happened(
        id=task.key,
        name=task.event,
        cause=task.cause,
        occurred_at=anchor.at,
        recorded_at=anchor.at,
        source=task.source,
        stay=task.stay,
    )
    began_the_stay = episode.stays[-1:] == (task.stay,) and episode.entered_at <= anchor.at
    before = replace(episode, stays=episode.stays[:-1]) if began_the_stay else episode
    return with_stay(rules, _moved(rules, before, event), event)
