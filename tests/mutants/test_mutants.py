"""The list of mutants keeps up with the code: each still has its place, once."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.mutants.__main__ import REPOSITORY, mutants


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: str(mutant["breaks"]))
def test_every_mutant_still_has_the_place_that_it_breaks(mutant: Mapping[str, str]) -> None:
    assert (REPOSITORY / mutant["file"]).read_text().count(mutant["old"]) == 1
    assert (REPOSITORY / mutant["caught_by"].split()[0].partition("::")[0]).exists()
