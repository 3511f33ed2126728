"""Questionnaire: a checklist of a pathway version, rendered for reading."""

from __future__ import annotations

from adapters.fhir.canonicals import QUESTIONNAIRE as TYPE
from pathway_engine.fhir.exchange import Served
from pathway_engine.fhir.library import of_versions, one_of
from pathway_engine.fhir.parameters import Kind
from pathway_engine.fhir.standard_parameters import published, standard

every = of_versions(TYPE)

QUESTIONNAIRE = Served(
    type=TYPE, read=one_of(every), every=every,
    parameters=(
        *published("Questionnaire"), standard("identifier", Kind.TOKEN, "identifier", "Questionnaire-identifier"),
        standard("subject-type", Kind.TOKEN, "subjectType", "Questionnaire-subject-type"),
    ),
    about="A checklist of a pathway version.",
)  # fmt: skip
