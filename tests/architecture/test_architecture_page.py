"""The page about the house is true: its picture, its figures, and the five roads through the code."""

from __future__ import annotations

import re

import pytest

from tests.architecture.contracts import layers, walls
from tests.architecture.page import PAGE, written
from tests.architecture.picture import PICTURE, drawn, opening, told_of
from tests.architecture.roads import ROADS, Step, turns
from tests.architecture.source_tree import REPOSITORY

STALE = "is stale: run `make diagrams`"


def test_the_picture_of_the_house_is_up_to_date() -> None:
    assert PICTURE.read_text("utf-8") == drawn(), f"{PICTURE.name} {STALE}"


def test_what_is_generated_of_the_page_is_up_to_date() -> None:
    page = PAGE.read_text("utf-8")
    assert written(page) == page, f"{PAGE.name} {STALE}"


def test_the_picture_shows_every_room_and_every_wall_of_the_contracts() -> None:
    shown = re.sub(r"\s+", " ", " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", drawn())))
    rooms = [room for layer in layers() for room in layer]
    assert len(rooms) == len(set(rooms)) >= 15
    assert [room for room in rooms if opening(room).split()[0] not in shown] == []
    assert [wall.name for wall in walls() if told_of(wall) not in shown] == []


def test_every_package_of_the_engine_has_its_place_in_the_house_or_stands_beside_it() -> None:
    packages = {f"pathway_engine.{each.parent.name}" for each in REPOSITORY.glob("pathway_engine/*/__init__.py")}
    beside = {"pathway_engine.sign_on"}
    assert packages - {room for layer in layers() for room in layer} == beside


@pytest.mark.parametrize("road", ROADS.values(), ids=list(ROADS))
def test_each_step_of_a_road_is_there_and_one_before_leads_to_it(road: tuple[Step, ...]) -> None:
    sources = [step.source() for step in road]
    lost = [
        step.place
        for number, step in enumerate(road)
        if number and not any(step.is_named_in(source) for source in sources[:number])
    ]
    assert lost == []


def test_a_step_that_nobody_leads_to_is_seen() -> None:
    (first, *_) = ROADS["A simulated patient"]
    assert not first.is_named_in("somewhere_else()") and first.is_named_in(f"{first.name}(scenario)")
    with pytest.raises(LookupError):
        Step(first.path, "a file alone").source()


def test_a_road_goes_up_again_where_a_room_calls_one_above_it() -> None:
    up, down = Step("pathway_engine/web/app.py::a", ""), Step("pathway_engine/storage/log.py::b", "")
    assert [turns((up, down)), turns((up, down, up)), turns((up, down, up, down, up))] == [0, 1, 2]
