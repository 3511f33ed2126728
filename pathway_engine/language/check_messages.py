"""Messages: each slot is one that the message has, is filled from what there is, and no required one is left out."""

from __future__ import annotations

from collections.abc import Iterator

from pathway_engine.domain.definition import Checklist, ChecklistItem, Sends, Source
from pathway_engine.domain.facts import FactType
from pathway_engine.domain.message_slots import CODES, KINDS, Fits, Slot
from pathway_engine.language.draft import Draft
from pathway_engine.language.findings import Finding, shown
from pathway_engine.language.vocabulary import one_of

Path = tuple[str, ...]
FIT = {Fits.FLAG: "yes_no or a boolean", Fits.DATE: "a date", Fits.TEXT: "a text"}


def slots_are_filled(draft: Draft) -> Iterator[Finding]:
    """`content` fills slots of its message from items and facts of the right type, the required ones too."""
    for path, sends, checklist in _sending(draft):
        if sends.content is None:
            continue
        kind = KINDS.get(sends.message)
        if kind is None:
            if sends.message:
                found = f"content for {shown(sends.message)}, which has no slots"
                yield draft.error(draft.at(*path, "content"), found, one_of(KINDS, sends.message), "no-slots")
            continue
        for name in kind.required:
            if name not in sends.content:
                yield draft.error(
                    draft.at(*path, "content"), f"{sends.message} without {name}",
                    f"{name}: an item, a fact or a text. {kind.slots[name].means}", "slot-missing",
                )  # fmt: skip
        for name, source in sends.content.items():
            yield from _slot(draft, (*path, "content", name), kind.slots.get(name), sends, source, checklist)


def _sending(draft: Draft) -> Iterator[tuple[Path, Sends, Checklist | None]]:
    for step in draft.steps():
        if step.sends is not None:
            yield ("steps", step.id, "sends"), step.sends, draft.pathway.checklists.get(step.checklist or "")
    for rule in draft.pathway.messages.values():
        yield ("messages", rule.id), rule.sends, None


def _slot(
    draft: Draft, path: Path, slot: Slot | None, sends: Sends, source: Source, checklist: Checklist | None
) -> Iterator[Finding]:
    name, place = path[-1], draft.at(*path)
    if slot is None:
        right = one_of(KINDS[sends.message].slots, name)
        yield draft.error(place, f"the unknown slot {shown(name)} of {sends.message}", right, "unknown-slot")
    elif source.text is not None:
        if slot.fits is not Fits.TEXT:
            yield draft.error(place, f"a fixed text for {name}", _right(slot), "slot-type")
    elif source.name:
        yield from _named(draft, path, slot, source.name, checklist)


def _named(draft: Draft, path: Path, slot: Slot, name: str, checklist: Checklist | None) -> Iterator[Finding]:
    items = {item.id: item for item in checklist.items} if checklist else {}
    item, fact = items.get(name), draft.pathway.facts.get(name)
    if item is None and fact is None:
        if draft.has("facts", name):
            return  # the fact's own mistake, told there
        known = [*items, *draft.pathway.facts]
        found = f"{shown(name)} for {path[-1]}, which is no item of the checklist and no fact"
        yield draft.error(draft.at(*path), found, one_of(known, name), "unknown-source")
    elif not (_item_fits(item, slot) if item else _fact_fits(fact, slot)):
        kind = item.type if item else fact.kind if fact else ""
        yield draft.error(draft.at(*path), f"{shown(name)}, which is {kind}, for {path[-1]}", _right(slot), "slot-type")


def _item_fits(item: ChecklistItem, slot: Slot) -> bool:
    if not item.type or slot.fits is Fits.TEXT:
        return True
    if slot.fits is Fits.FLAG:
        return item.type == "yes_no"
    if slot.fits is Fits.DATE:
        return item.type == "date"
    return item.type == "choice" and set(item.choices) <= set(CODES[slot.fits])


def _fact_fits(fact: FactType | None, slot: Slot) -> bool:
    if fact is None or slot.fits is Fits.TEXT:
        return True
    if slot.fits is Fits.FLAG:
        return fact.kind == "boolean"
    if slot.fits is Fits.DATE:
        return fact.kind == "date"
    return fact.kind == "choice" and set(fact.choices) <= set(CODES[slot.fits])


def _right(slot: Slot) -> str:
    codes = CODES.get(slot.fits)
    return f"a choice of {', '.join(codes)}" if codes else FIT[slot.fits]


def announcements_are_whole(draft: Draft) -> Iterator[Finding]:
    """A message that goes out by itself is one that is written, so that somebody can be told what it lacks."""
    for rule in draft.pathway.messages.values():
        if rule.id in draft.pathway.steps:
            found = f"{shown(rule.id)} both a step and a message"
            yield draft.error(draft.at("messages", rule.id), found, "a name of its own", "named-twice")


def unverified_messages_are_told(draft: Draft) -> Iterator[Finding]:
    """What nobody has held against its source is listed."""
    for rule in draft.pathway.messages.values():
        if not rule.verified:
            yield draft.warning(
                draft.at("messages", rule.id), f"the message {shown(rule.id)}, not verified",
                "verified: true when somebody has held it against its source", "unverified",
            )  # fmt: skip
