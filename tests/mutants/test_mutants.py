"""The list of mutants keeps up with the code: each still has its place, once."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.mutants.__main__ import REPOSITORY, mutants


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: str(mutant["breaks"]))
def test_every_mutant_still_has_the_place_that_it_breaks(mutant: Mapping[str, str]) -> None:
    places = (REPOSITORY / mutant["file"]).read_text().count(mutant["old"])
    assert places == 1, f"`old` stands {places} times in {mutant['file']}; once would be right"
    for test in (word for word in mutant["caught_by"].split() if word.startswith("tests/")):
        file, _, function = test.partition("::")
        assert (REPOSITORY / file).exists(), f"there is no {file}"
        name = function.partition("[")[0].rpartition("::")[2]
        assert not name or f"def {name}" in (REPOSITORY / file).read_text(), f"{file} has no test {name}"
