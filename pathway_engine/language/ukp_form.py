"""The tables of the payment rules' files: their keys, and how each is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pathway_engine.domain.legal_clocks import SPANS
from pathway_engine.domain.stay_facts import Sector
from pathway_engine.language.directory_form import DirectoryForm
from pathway_engine.language.schema import SEVERITIES, TEXT, Key


def _keys(*keys: Key) -> Mapping[str, Key]:
    return {key.name: key for key in keys}


SECTIONS: Mapping[str, Mapping[str, Key]] = {
    "text": TEXT,
    "policies file": _keys(Key("policies", "list", "How waiting days are counted, by version.", required=True)),
    "policy": _keys(
        Key("id", "id", "The policy's id.", required=True),
        Key("version", "text", "Its version, told with every account.", required=True),
        Key("municipality", "four digits", "Whose local agreement it is; without it, the national rules."),
        Key("valid_from", "date", "The first day of readiness that it holds for.", required=True),
        Key("valid_to", "date", "The last one; without it, it still holds."),
        Key("source", "text", "Where the rules come from.", required=True),
        Key("verified", "flag", "Whether the source itself was seen, in every part.", required=True),
        Key("sectors", "table", "Since when each sector is covered: somatic, phv, tsb.", required=True),
        Key("stay_municipality_pays_from", "date", "Since when that of stay pays (2019-01-01 unless said)."),
        Key("time_zone", "text", "Where days are counted (Europe/Oslo unless said)."),
        Key("grace_days", "number", "Days at the beginning that are not counted (0 unless said)."),
        Key("cut_off", "time", "A notice at or after this wall time counts from the next day (none unless said)."),
        Key("include_first_day", "flag", "Whether the day of the notice counts (true unless said)."),
        Key("include_collection_day", "flag", "Whether the day of discharge or death counts (false unless said)."),
        Key("early_notice_within_hours", "number", "How long after admission the notice is in time (24 unless said)."),
        Key("asks_for_early_notice", "flag", "Whether the admission alone is too little (false unless said)."),
        Key("late_notice_blocks", "flag", "Whether a late notice takes payment away (false unless said)."),
        Key("silence_counts_as_cannot", "flag", "Whether days without an answer are payable (true unless said)."),
        Key("dated_offer_counts", "flag", "Whether an offer from a date ends payment on it (true unless said)."),
        Key("asks_for_information", "flag", "Whether letter or patient information must be sent (true unless said)."),
        Key("unknown_criteria_block", "flag", "Whether § 9 must be told to be met (false unless said)."),
    ),
    "sectors": _keys(*(Key(each.value, "date", "Since when it is covered.") for each in Sector)),
    "rates file": _keys(Key("rates", "list", "What a day costs, by date.", required=True)),
    "rate": _keys(
        Key("valid_from", "date", "The first day that it holds for.", required=True),
        Key("valid_to", "date", "The last day that it holds for.", required=True),
        Key("kroner", "amount", "Kroner a day in quotes, as \"5745\" or \"5745.50\".", required=True),
        Key("source", "text", "Where the rate was seen.", required=True),
        Key("verified", "flag", "Whether the source itself was seen.", required=True),
    ),
    "clocks file": _keys(Key("clocks", "list", "Time limits around a stay.", required=True)),
    "clock": _keys(
        Key("id", "id", "The clock's id.", required=True),
        Key("times", "one of " + ", ".join(SPANS), "What is timed.", required=True),
        Key("title", "text in both languages", "What the limit is on.", required=True),
        Key("within", "duration", "How the limit is counted.", required=True),
        Key("says", "text in both languages", "What the source itself says.", required=True),
        Key("severity", "one of " + ", ".join(SEVERITIES), "How binding it is.", required=True),
        Key("basis", "text", "The law, agreement or guideline.", required=True),
        Key("source", "text", "Where it was seen.", required=True),
        Key("verified", "flag", "Whether the source itself was seen.", required=True),
    ),
}  # fmt: skip
"""Every key of the files of payment rules; docs/reference/ukp-account.md is held against it."""


class UkpForm(DirectoryForm):
    """A table of a file of payment rules."""

    sections: ClassVar[Mapping[str, Mapping[str, Key]]] = SECTIONS
