"""What a message says when it is decided: its slots filled from answers, facts and fixed texts, and its times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pathway_engine.domain.conditions import Truth
from pathway_engine.domain.definition import Announcement, Checklist, Sends, Source
from pathway_engine.domain.episode import Episode, Outgoing, Rules
from pathway_engine.domain.events import FactValue, Happened
from pathway_engine.domain.message_slots import KINDS, Fits, Slot
from pathway_engine.domain.records import replace

NOBODY: Mapping[str, FactValue] = {}
FLAGS: Mapping[FactValue, bool] = {"yes": True, "no": False}


def with_message(
    rules: Rules, episode: Episode, sends: Sends, outgoing: Outgoing, answers: Mapping[str, FactValue],
    checklist: Checklist | None,
) -> Episode:  # fmt: skip
    """Return the episode with the message decided, once, unless its condition is not true."""
    if any(other.key == outgoing.key for other in episode.outgoing):
        return episode
    if sends.condition and sends.condition.evaluate(episode.facts, outgoing.decided_at) is not Truth.TRUE:
        return episode
    if sends.content is not None:
        content = _content(rules, episode, sends, answers, checklist)
        outgoing = replace(outgoing, content=content, times=_times(episode, sends.message))
    return replace(episode, outgoing=(*episode.outgoing, outgoing))


def announced(rules: Rules, episode: Episode, rule: Announcement, event: Happened) -> Episode:
    """Return the episode with the message that *event* sends by itself."""
    outgoing = Outgoing(
        f"{episode.pathway}:{rule.id}:{event.cause}/{rule.sends.message}", rule.sends.message, "", event.occurred_at,
        rule=rule.id, cause=event.cause, event=event.name, source=event.source, stay=event.stay,
    )  # fmt: skip
    return with_message(rules, episode, rule.sends, outgoing, NOBODY, None)


def _content(
    rules: Rules, episode: Episode, sends: Sends, answers: Mapping[str, FactValue], checklist: Checklist | None
) -> Mapping[str, FactValue]:
    kind = KINDS.get(sends.message)
    if kind is None:
        return NOBODY
    found = {
        name: _filled(rules, episode, kind.slots[name], source, answers, checklist)
        for name, source in (sends.content or {}).items()
        if name in kind.slots
    }
    return {name: value for name, value in found.items() if value is not None}


def _filled(
    rules: Rules, episode: Episode, slot: Slot, source: Source, answers: Mapping[str, FactValue],
    checklist: Checklist | None,
) -> FactValue | None:  # fmt: skip
    if source.text is not None:
        return source.text.nb
    item = next((each for each in checklist.items if each.id == source.name), None) if checklist else None
    value = answers.get(source.name) if item else episode.facts.get(source.name)
    if value is None or value == "" or value == "not_applicable":
        return None
    if slot.fits is Fits.FLAG:
        return FLAGS.get(value, value)
    if slot.fits is not Fits.TEXT:
        return value
    choice = item.choices.get(str(value)) if item else None
    return choice.nb if choice else _in_words(rules, source.name, value, is_item=item is not None)


def _in_words(rules: Rules, name: str, value: FactValue, *, is_item: bool) -> str:
    if isinstance(value, bool) or (is_item and value in FLAGS):
        return "Ja" if FLAGS.get(value, value) else "Nei"
    fact = None if is_item else rules.fact_type(name)
    if fact is not None and fact.kind == "choice":
        return rules.pathway.word(str(value)).nb
    return f"{value:g}" if isinstance(value, float) else str(value)


def _times(episode: Episode, message: str) -> Mapping[str, datetime]:
    """When what the message tells of happened in this stay: nothing from before the admission."""
    kind = KINDS.get(message)
    anchors = {name: episode.anchors[name].at for name in kind.times if name in episode.anchors} if kind else {}
    admitted = episode.anchors.get("admitted")
    return {name: at for name, at in anchors.items() if admitted is None or at >= admitted.at}
