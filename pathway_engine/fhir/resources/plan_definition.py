"""PlanDefinition: a pathway version, rendered for reading."""

from __future__ import annotations

from adapters.fhir.canonicals import PLAN
from pathway_engine.fhir.exchange import Served, never_written
from pathway_engine.fhir.library import of_versions, one_of
from pathway_engine.fhir.parameters import Kind
from pathway_engine.fhir.standard_parameters import published, standard

FILES = "Pathways and their checklists are files; the installation's administrator changes them."
every = of_versions(PLAN)

PLAN_DEFINITION = Served(
    type=PLAN, read=one_of(every), every=every,
    parameters=(
        *published("PlanDefinition"), standard("identifier", Kind.TOKEN, "identifier", "PlanDefinition-identifier"),
        standard("type", Kind.TOKEN, "type", "PlanDefinition-type"),
        standard(
            "definition", Kind.REFERENCE, "action.definitionCanonical", "PlanDefinition-definition",
            ("ActivityDefinition",),
        ),
    ),
    instead=never_written(FILES),
    about="A pathway version; the one in force has the pathway's name as its id.",
)  # fmt: skip
