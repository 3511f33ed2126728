"""What we take, a validator that shares nothing with ours takes too: resources altered in every way, compared."""

from __future__ import annotations

import json
from random import Random

import pytest

from adapters.fhir.checks import read_resource
from adapters.fhir.outcome import FhirRefusal
from tests.fhir import independent
from tests.fhir.independent import problems
from tests.fuzz.fhir import altered, resources

ALTERED = 1500


@pytest.mark.skipif(not independent.by_medplum(), reason="no node, or no @medplum/core in node_modules")
def test_what_we_take_is_valid() -> None:
    """Mutants: any check left out; each was found by this test or by one of its own."""
    right = [each for each in resources() if not problems(each)]
    taken = 0
    for number in range(ALTERED):
        chance = Random(number)
        resource = altered(chance, chance.choice(right))
        if _is_taken(resource):
            taken += 1
            assert problems(resource) == [], f"number {number}: {json.dumps(resource)}"
    assert taken > ALTERED / 20, "nothing was compared"


def _is_taken(resource: dict[str, object]) -> bool:
    try:
        read_resource(json.dumps(resource).encode(), str(resource.get("resourceType")))
    except FhirRefusal:
        return False
    return True
