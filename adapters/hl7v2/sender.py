"""What is agreed with one sender of HL7 v2 messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pathway_engine.domain.norway import TIME_ZONE

OWN_WORDS = (
    "home",
    "short_term",
    "nursing_home",
    "acute_unit",
    "rehabilitation",
    "other_hospital",
    "abroad",
    "dead",
)

DESTINATIONS: Mapping[str, str] = MappingProxyType(
    {
        **{word: word for word in (*OWN_WORDS, "other")},
        "01": "home",
        "02": "other_hospital",
        "03": "nursing_home",
        "20": "dead",
    }
)
"""Where a patient goes, by the codes that HL7 suggests in table 0112, and by the engine's own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderSettings:
    """How to understand one sender.

    `charset_default` counts when MSH-18 is empty. `time_zone` is that of times without an offset.
    `destinations` turns codes of PV1-37 and PV1-36 into values of the fact `destination`.
    `accept_test` takes messages whose MSH-11 says T or D. `id_systems` turns an assigner's name or
    a type code of PID-3 into an identifier system, beside the national ones.
    """

    charset_default: str = "UTF-8"
    time_zone: str = TIME_ZONE
    destinations: Mapping[str, str] = field(default_factory=lambda: DESTINATIONS)
    accept_test: bool = False
    id_systems: Mapping[str, str] = field(default_factory=dict)
