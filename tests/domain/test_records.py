"""A record with some fields changed: all others stay, and the first one stays as it was."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace as by_the_library

import pytest

from pathway_engine.domain.records import replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    number: int
    text: str = ""
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    number: int

    def __post_init__(self) -> None:
        assert self.number > 0


def test_it_does_what_the_library_does_and_leaves_the_first_one_alone() -> None:
    first = Line(number=1, text="a", parts=("x",))
    changed = replace(first, number=2, parts=())
    assert changed == by_the_library(first, number=2, parts=()) == Line(number=2, text="a")
    assert first == Line(number=1, text="a", parts=("x",))
    assert hash(changed) == hash(Line(number=2, text="a"))


def test_a_field_that_there_is_not_is_refused() -> None:
    with pytest.raises(TypeError, match="no field 'numbr'"):
        replace(Line(number=1), numbr=2)


def test_a_record_that_checks_itself_is_not_copied_past_its_check() -> None:
    with pytest.raises(TypeError, match="checks itself"):
        replace(Checked(1), number=-1)
