"""ActivityDefinition: a step of a pathway version, rendered for reading."""

from __future__ import annotations

from adapters.fhir.canonicals import ACTIVITY
from pathway_engine.fhir.exchange import Served
from pathway_engine.fhir.library import of_versions, one_of
from pathway_engine.fhir.parameters import Kind
from pathway_engine.fhir.standard_parameters import published, standard

every = of_versions(ACTIVITY)

ACTIVITY_DEFINITION = Served(
    type=ACTIVITY, read=one_of(every), every=every,
    parameters=(
        *published("ActivityDefinition"),
        standard("identifier", Kind.TOKEN, "identifier", "ActivityDefinition-identifier"),
        standard(
            "depends-on", Kind.REFERENCE, "relatedArtifact.resource", "ActivityDefinition-depends-on",
            ("Questionnaire",),
        ),
    ),
    about="A step of a pathway version: what its tasks are, whose, and by when.",
)  # fmt: skip
