"""Which operations are offered on which type, beside what the type itself declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from adapters.fhir.checks import READABLE
from pathway_engine.fhir.applying import APPLY
from pathway_engine.fhir.everything import EVERYTHING
from pathway_engine.fhir.exchange import Operation, Served
from pathway_engine.fhir.exporting import EXPORT
from pathway_engine.fhir.validating import VALIDATE

OFFERED: Mapping[str, tuple[Operation, ...]] = {
    "PlanDefinition": (APPLY,), "Patient": (EVERYTHING,), "Task": (EXPORT,), "CarePlan": (EXPORT,),
}  # fmt: skip


def with_operations(served: Served) -> Served:
    """Return *served* with the operations of its type; whatever can be checked can be validated."""
    validated = (VALIDATE,) if served.type in READABLE else ()
    return replace(served, operations=(*served.operations, *OFFERED.get(served.type, ()), *validated))
