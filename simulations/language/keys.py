"""Every key of a scenario file, what it holds and what it means.

The reader refuses keys that are not here, and a test holds docs/reference/scenario-file.md against it.
"""

from __future__ import annotations

from collections.abc import Mapping

from pathway_engine.language.schema import TEXT, Key, Sections


def _keys(*keys: Key) -> Mapping[str, Key]:
    return {key.name: key for key in keys}


SCENARIO = _keys(
    Key("scenario", "id", "The id; the file has the same name.", required=True),
    Key("title", "[text]", "What it is called, in both languages.", required=True),
    Key("source", "text", "Where the numbers come from.", required=True),
    Key("pathway", "id", "The pathway whose phases, moves and steps the patients take."),
    Key("run", "[run]", "How long and how often is simulated.", required=True),
    Key("groups", "names", "The groups of patients. One, `all`, unless said."),
    Key("municipalities", "names", "Where patients come from and places are. One, `everywhere`, unless said."),
    Key(
        "municipality_numbers",
        "four digits by municipality",
        "What messages call each: `{city: 5001}`. Made up unless said.",
    ),
    Key("resources", "table of [resource]", "Beds, places and slots. Without any, nobody waits."),
    Key("arrivals", "list of [arrivals]", "Who comes, into which phase.", required=True),
    Key("phases", "table of [phase]", "Where patients are, for how long, and what comes next.", required=True),
    Key("readmission", "[readmission]", "Who leaves alive may come back."),
    Key("staff", "table of [staff]", "Nurses by role, and when they work."),
    Key("tasks", "table of [task]", "What the staff does for patients."),
    Key("price_per_overstay_day", "number", "Kroner for each midnight that a patient waits ready in a place."),
)

RUN = _keys(
    Key("collect", "time", "For how long figures are counted.", required=True),
    Key("warm_up", "time", "How long before that the model runs in; `auto` finds it. 0 unless said."),
    Key("replications", "whole number", "How often. 30 unless said."),
    Key("seed", "whole number", "What chance begins with. 1 unless said."),
    Key("starts", "date", "The first day, a Monday. 2027-01-04 unless said."),
)

RESOURCE = _keys(
    Key(
        "places",
        "whole number, by municipality",
        "How many; one number is shared by all municipalities.",
        required=True,
    ),
    Key("turn_round", "time", "How long a place stands empty between two patients."),
    Key(
        "queue", "whole number", "How many from outside may wait; who comes then is turned away. No limit unless said."
    ),
    Key("receives", "list of [week]", "The hours in which a patient may come in."),
    Key("changes", "list of [change]", "When there are more or fewer places."),
)

CHANGE = _keys(
    Key("from", "date or time", "The first day.", required=True),
    Key("to", "date or time", "The day after the last.", required=True),
    Key("places", "whole number", "How many there are then; 0 is closed.", required=True),
    Key("at", "id", "The municipality; all unless said."),
)

WEEK = _keys(
    Key("days", "text", "`mon-fri`, `sat, sun`; every day unless said."),
    Key("hours", "text", "`8-15`: from 8 until 15; the whole day unless said."),
)

ARRIVALS = _keys(
    Key("into", "id", "The phase that they come into.", required=True),
    Key("group", "id", "Their group; may be left out when there is one."),
    Key("per_day", "number", "How many a day, in the mean.", required=False),
    Key("table", "numbers", "Instead: how many on each day, from the first; begins again at its end."),
    Key("shares", "numbers by municipality", "Which share comes from where."),
    Key("by_hour", "24 or 168 numbers", "How the rate goes through the day or week; their mean counts as 1."),
    Key("by_weekday", "7 numbers", "How it goes through the week, Monday first; their mean counts as 1."),
    Key("by_month", "12 numbers", "How it goes through the year; their mean counts as 1."),
    Key("growth", "number", "By which share it grows in a year."),
    Key("event", "id", "The pathway's event with which they come."),
    Key("with", "table of facts", "The facts that the event brings."),
)

PHASE = _keys(
    Key("lasts", "distribution, by group", "How long it lasts, apart from waiting.", required=True),
    Key("exits", "list of [exit]", "What comes next. Out of the model unless said."),
    Key("hazards", "list of [hazard]", "What may cut it short."),
    Key("holds", "id", "The resource of which the patient has a place; none unless said."),
    Key("overflow", "list of [overflow]", "Where else a place may be taken."),
    Key("leaves", "list of [week]", "The hours in which patients go on."),
    Key("priority", "whole number, by group", "Who is served first: the lowest. 0 unless said."),
    Key("waits_for", "names", "The tasks that must be done before patients go on; `exits` wait, `hazards` do not."),
    Key("stands_for", "id", "The pathway's phase; the one of the same name unless said."),
    Key("is_ready", "true or false", "true where the patient is ready for discharge and needs the place no more."),
)

EXIT = _keys(
    Key("to", "id", "The next phase, or `out`.", required=True),
    Key("chance", "chance, by group", "How likely; `rest` is what the others leave. 1 when it is the only one."),
    Key("delay", "distribution", "What passes in the old place though a new one is free: assessment, equipment."),
    Key("transit", "distribution", "What passes while the old and the new place are both held."),
    Key("away", "distribution", "What passes in no place at all."),
    Key("death", "true or false", "true when the patient has died."),
    Key("event", "id", "The pathway's event."),
    Key("with", "table of facts", "The facts that the event brings."),
)

HAZARD = _keys(
    Key("to", "id", "The next phase, or `out`.", required=True),
    Key("per_day", "number, by group", "The rate for each day that the phase has lasted.", required=True),
    Key("death", "true or false", "true when the patient has died."),
    Key("readmission", "true or false", "true when a new stay begins: the patient leaves the place at once."),
    Key("event", "id", "The pathway's event."),
    Key("with", "table of facts", "The facts that the event brings."),
)

OVERFLOW = _keys(
    Key("resource", "id", "Of which resource; the phase's own unless said."),
    Key("of", "id", "Whose place; the patient's own municipality's unless said."),
    Key("at", "id", "Patients of which municipality; all unless said."),
    Key("after", "time", "After how long a wait. At once unless said."),
)

READMISSION = _keys(
    Key("into", "id", "The phase that they come back into.", required=True),
    Key("chance", "chance, by group", "How likely each time.", required=True),
    Key("away", "distribution", "After how long.", required=True),
    Key("at_most", "whole number", "How often at most. 5 unless said."),
    Key("event", "id", "The pathway's event with which they come back."),
    Key("with", "table of facts", "The facts that the event brings."),
)

STAFF = _keys(
    Key("on_duty", "whole number, by municipality", "How many at a time.", required=True),
    Key("works", "list of [week]", "When. Always unless said."),
)

TASK = _keys(
    Key("by", "id", "The staff.", required=True),
    Key("takes", "distribution", "How long: `45 minutes`.", required=True),
    Key("when_entering", "names", "The phases that raise it; without a pathway's step of its name it needs one."),
    Key("due", "time", "How soon it should be done; the pathway's deadline unless said."),
    Key("cancelled", "true or false", "true when it falls away as the patient leaves the phase."),
)

MEAN_SD = _keys(
    Key("mean", "time", "The mean."),
    Key("sd", "time", "The standard deviation."),
    *(
        Key(f"p{share}", "time", f"What {share} % stay below.")
        for share in (5, 10, 20, 25, 30, 40, 60, 70, 75, 80, 90, 95)
    ),
    Key("median", "time", "What half stay below."),
)
MEAN = _keys(Key("mean", "time", "The mean.", required=True))
STAGES = _keys(
    Key("mean", "time", "The mean.", required=True),
    Key("stages", "whole number", "How many equal stages.", required=True),
)
RANGE = _keys(Key("from", "time", "The least.", required=True), Key("to", "time", "The most.", required=True))
OBSERVED = _keys(Key("values", "times", "What was seen.", required=True), Key("weights", "numbers", "How often each."))

SCENARIO_SECTIONS: Sections = {
    "scenario": SCENARIO,
    "run": RUN,
    "resource": RESOURCE,
    "change": CHANGE,
    "week": WEEK,
    "arrivals": ARRIVALS,
    "phase": PHASE,
    "exit": EXIT,
    "hazard": HAZARD,
    "overflow": OVERFLOW,
    "readmission": READMISSION,
    "staff": STAFF,
    "task": TASK,
    "mean and sd": MEAN_SD,
    "mean": MEAN,
    "stages": STAGES,
    "range": RANGE,
    "observed": OBSERVED,
    "text": TEXT,
}
