"""Where a patient belongs: by what the message says, else by the longest route that the postal code matches."""

from __future__ import annotations

import pytest

from pathway_engine.domain.directory import Directory
from pathway_engine.domain.events import Demographics

DIRECTORY = Directory(routes={"70": "5001", "7042": "5001", "73": "5059"}, parts={"7042": "Øst", "73": "Dal"})


@pytest.mark.parametrize(
    ("told", "place"),
    [
        pytest.param({"postal_code": "7042"}, ("5001", "Øst"), id="by-route"),
        pytest.param({"postal_code": "7031"}, ("5001", None), id="a-route-without-a-part"),
        pytest.param({"postal_code": "7042", "district": "Vest"}, ("5001", "Vest"), id="the-message-first"),
        pytest.param({"postal_code": "7316", "municipality": "5001"}, ("5001", None), id="a-route-to-another-town"),
        pytest.param({"postal_code": None}, (None, None), id="no-postal-code"),
        pytest.param({"postal_code": "9999"}, (None, None), id="no-route"),
    ],
)
def test_the_part_of_a_town_is_found_by_the_postal_code(told: dict[str, str], place: tuple[str, str]) -> None:
    """Mutant: the route counts before the message; mutant: another town's part."""
    found = DIRECTORY.place_of(Demographics(**told))  # type: ignore[arg-type]
    assert (found.municipality, found.district) == place
