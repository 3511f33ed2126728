"""Every key of pathway, checklist and journey files, what it holds and what it means.

The reader refuses keys that are not here, the editor schemas are written from here, and a test
holds docs/reference/pathway-file.md against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SEVERITIES = ("law", "agreement", "guideline", "local", "goal")
LEAVINGS = ("cancel", "keep", "pause", "miss")
ITEM_TYPES = ("yes_no", "choice", "number", "date", "text")
FACT_KINDS = ("boolean", "integer", "number", "date", "text")


@dataclass(frozen=True, slots=True)
class Key:
    """One key: `shape` is a name of `SHAPES` in schema_export, or a section's name in brackets."""

    name: str
    shape: str
    means: str
    required: bool = False


def _keys(*keys: Key) -> Mapping[str, Key]:
    return {key.name: key for key in keys}


TEXT = _keys(
    Key("nb", "text", "The text in Norwegian bokmål.", required=True),
    Key("en", "text", "The text in English.", required=True),
)

PATHWAY = _keys(
    Key("pathway", "id", "The pathway's id; the folder has the same name.", required=True),
    Key("version", "version", "The version in quotes: major.minor.patch.", required=True),
    Key("title", "[text]", "What the pathway is called.", required=True),
    Key("source", "text", "Where the pathway's content comes from.", required=True),
    Key("time_zone", "text", "The time zone in which days are counted (Europe/Oslo unless said)."),
    Key("end", "names", "The phases in which the pathway is over.", required=True),
    Key("facts", "table of fact", "What conditions may name, each with its type."),
    Key("enrol", "list of [enrol]", "What opens an episode for a patient who has none.", required=True),
    Key(
        "phases",
        "table of [text]",
        "Where the patient can be; the first is where an episode begins.",
        required=True,
    ),
    Key("moves", "list of [move]", "What moves the patient from phase to phase.", required=True),
    Key("steps", "table of [step]", "What somebody must do.", required=True),
    Key("messages", "table of [announcement]", "The messages that go out by themselves, without a task."),
    Key("words", "table of [text]", "What people read for events, facts and choices."),
)

FACT = _keys(
    Key("type", "fact type", "boolean, integer, number, date, text, or `one of a, b, c`.", required=True),
    Key("forget_on", "names", "Events at which the value is forgotten."),
)

ENROL = _keys(
    Key("event", "id", "The event that opens an episode.", required=True),
    Key("if", "condition", "Only when this is true."),
    Key("begins_in", "id", "The phase to begin in when nothing is known of a stay."),
)

MOVE = _keys(
    Key("event", "id", "The event that moves the patient.", required=True),
    Key(
        "from",
        "names",
        "The phases that the move leaves; `any` is every phase that is not an end.",
        required=True,
    ),
    Key("to", "id", "The phase that the patient comes to.", required=True),
    Key("if", "condition", "Only when this is true; unknown raises a clarification task."),
    Key("clarify", "id", "The role that clarifies when the condition is unknown."),
    Key("stay", "one of new", "`new`: only when the event is the first heard of its hospital stay."),
)

STEP = _keys(
    Key("title", "[text]", "What the step is called.", required=True),
    Key("when_entering", "names", "Starts when the patient enters one of these phases."),
    Key("when_event", "names", "Starts when one of these events arrives."),
    Key("when_completed", "names", "Starts when one of these steps is completed."),
    Key("every", "duration", "Starts again and again while the patient is in the phases of `in`."),
    Key("in", "names", "The phases in which `when_event` and `every` count."),
    Key("if", "condition", "Starts only when this is true."),
    Key("if_unknown", "one of raise, skip", "What happens when the condition is unknown: raise or skip."),
    Key(
        "while_open",
        "one of keep, miss",
        "`keep`: no second task while the first is open; `miss`: the first is closed as missed.",
    ),
    Key("due", "duration", "How long there is to do it."),
    Key("from", "id", "The event or phase that `due` is counted from."),
    Key("no_later_than", "id", "A date fact that the deadline never passes."),
    Key("not_before", "duration", "When the window to do it opens."),
    Key("escalate", "list of [escalation]", "Whose list it also comes on when the deadline has passed."),
    Key("completed_by", "names", "Events that complete it."),
    Key("cancelled_by", "names", "Events that cancel it."),
    Key("when_leaving", "leaving", "What becomes of it when the patient leaves the phase."),
    Key("owner", "id", "The role that does it.", required=True),
    Key("checklist", "id", "The checklist file to fill in."),
    Key("sends", "[sends]", "The message that goes out."),
    Key("severity", "one of " + ", ".join(SEVERITIES), "How binding it is."),
    Key("basis", "text", "The paragraph, guideline or practice behind it."),
    Key("verified", "flag", "Whether somebody has held it against its source."),
    Key("hard", "flag", "Whether a breach blocks or costs, not only warns."),
    Key("valid_from", "date", "The first day on which the rule holds."),
    Key("valid_to", "date", "The last day on which the rule holds."),
)

ESCALATION = _keys(
    Key("after", "duration", "How long after the deadline.", required=True),
    Key("to", "id", "The role on whose list it also comes.", required=True),
)

SENDS = _keys(
    Key("message", "message", "The message's name.", required=True),
    Key("when", "one of completed, raised", "When it goes out: completed (unless said) or raised."),
    Key("if", "condition", "Goes out only when this is true; unknown is not true."),
    Key("content", "table of source", "What stands in each slot: an item or a fact by its name, or a fixed text."),
)

ANNOUNCEMENT = _keys(
    Key("message", "message", "The message's name.", required=True),
    Key("when_event", "names", "Goes out when one of these events arrives.", required=True),
    Key("in", "names", "The phases in which the event counts (every phase unless said)."),
    Key("if", "condition", "Goes out only when this is true; unknown is not true."),
    Key("owner", "id", "The role whose unit it comes from, and that is asked when it cannot go out.", required=True),
    Key("content", "table of source", "What stands in each slot: a fact by its name, or a fixed text.", required=True),
    Key("severity", "one of " + ", ".join(SEVERITIES), "How binding it is."),
    Key("basis", "text", "The paragraph, guideline or practice behind it."),
    Key("verified", "flag", "Whether somebody has held it against its source."),
)

CHECKLIST = _keys(
    Key("checklist", "id", "The checklist's id; the file has the same name.", required=True),
    Key("title", "[text]", "What the checklist is called.", required=True),
    Key("source", "text", "Where the items come from."),
    Key("template", "flag", "Whether a municipality is meant to edit it (true unless said)."),
    Key("verified", "flag", "Whether somebody has held it against its source."),
    Key("items", "list of [item]", "The questions, in order.", required=True),
)

ITEM = _keys(
    Key("id", "id", "The item's id, the same for ever.", required=True),
    Key("text", "[text]", "The question.", required=True),
    Key("type", "one of " + ", ".join(ITEM_TYPES), "What kind of answer it takes.", required=True),
    Key("required", "flag", "Whether the task can be completed without it."),
    Key("choices", "table of [text]", "The answers of a choice, by code."),
    Key("unit", "text", "The unit of a number."),
    Key("min", "number", "The smallest number that makes sense."),
    Key("max", "number", "The largest number that makes sense."),
    Key("fact", "id", "The fact that the answer fills."),
    Key("deviation", "names", "The answers that propose a follow-up."),
    Key("proposes", "[text]", "The follow-up that a deviation proposes."),
)

JOURNEY = _keys(
    Key("title", "text", "What happens, in one sentence.", required=True),
    Key("pathway", "id", "The pathway that it is an example of.", required=True),
    Key("facts", "table of text", "What is known of the patient before the first event."),
    Key("events", "list of [happening]", "What happens and what follows, by time.", required=True),
)

HAPPENING = _keys(
    Key("at", "instant", "When it happened, in the pathway's time zone.", required=True),
    Key("arrives", "instant", "When the engine hears of it, when that is later."),
    Key("event", "id", "The event that happened."),
    Key("void", "id", "The event that did not happen after all."),
    Key("stay", "text", "The hospital stay that it belongs to (VN1 unless said)."),
    Key("with", "table of text", "The facts that the event brings."),
    Key("claim", "id", "The step whose task somebody takes on."),
    Key("give_back", "id", "The step whose task somebody gives back."),
    Key("complete", "id", "The step whose task somebody completes."),
    Key("not_applicable", "id", "The step whose task somebody finds not applicable."),
    Key("answers", "table of text", "The checklist answers given with it, by item."),
    Key("raises", "tasks", "The steps that get a task."),
    Key("cancels", "tasks", "The steps whose tasks are cancelled."),
    Key("misses", "tasks", "The steps whose tasks are closed as not done."),
    Key("completes", "tasks", "The steps whose tasks are completed."),
    Key("escalates", "tasks", "The steps whose tasks come on another role's list too."),
    Key("corrects", "tasks", "The steps whose tasks were raised in error and are gone."),
    Key("phase", "id", "The phase afterwards; none when no episode is there."),
    Key("open", "tasks", "The steps with an open task, one for each task."),
    Key("due", "table of text", "The deadline of each step named, or none."),
    Key("opens", "table of text", "When the window of each step named opens, or none."),
)

Sections = Mapping[str, Mapping[str, Key]]

SECTIONS: Sections = {
    "pathway": PATHWAY,
    "fact": FACT,
    "enrol": ENROL,
    "move": MOVE,
    "step": STEP,
    "escalation": ESCALATION,
    "sends": SENDS,
    "announcement": ANNOUNCEMENT,
    "checklist": CHECKLIST,
    "item": ITEM,
    "text": TEXT,
    "journey": JOURNEY,
    "happening": HAPPENING,
}
"""The sections by the name that messages call them by."""

JOURNEY_SECTIONS = frozenset({"journey", "happening"})
