"""The elements of every R4 type: what they hold, how many, and where references may lead.

They are read from fhir.resources' R4B models, a type at a time and once. Where R4B differs from R4, R4 holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from fhir_core.fhirabstractmodel import FHIRAbstractModel
from fhir_core.types import FhirBase

Model = type[FHIRAbstractModel]
MODELS = "fhir.resources.R4B"
"""Never `fhir.resources` itself, which is R5."""


@dataclass(frozen=True, slots=True)
class Element:
    """An element: `type` is FHIR's name (``code``, ``Period``) or that of a part (``TaskRestriction``).

    `choice` is ``value`` for one of ``value[x]``. `targets` are the types that a Reference may lead to; none given is
    any.
    """

    name: str
    type: str
    primitive: bool
    many: bool
    required: bool
    choice: str = ""
    targets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Shape:
    """A type: its `elements` by their names in JSON, those that are `required`, and the elements of each choice."""

    elements: Mapping[str, Element]
    required: tuple[Element, ...]
    choices: Mapping[str, frozenset[str]]
    required_choices: frozenset[str]


NOT_IN_R4: Mapping[str, frozenset[str]] = {
    "PlanDefinition": frozenset({"subjectCanonical"}),
    "PlanDefinitionAction": frozenset({"subjectCanonical"}),
    "ActivityDefinition": frozenset({"subjectCanonical"}),
}
"""Elements that came with R4B."""

ONLY_IN_R4B: Mapping[tuple[str, str], frozenset[str]] = {
    ("ActivityDefinition", "productReference"): frozenset({"Ingredient"}),
    ("GroupMember", "entity"): frozenset({"RelatedPerson"}),
    ("Observation", "subject"): frozenset({"Medication", "Organization", "Practitioner", "Procedure", "Substance"}),
}
"""Where references lead only since R4B."""

NO_TYPES = frozenset({"CodeableReference", "RatioRange"})
"""Types that came with R4B, among what an extension may hold."""

COMMENTS = "fhir_comments"
PLAIN = {bool: "boolean", str: "string"}


def model(type: str) -> Model:
    """Return the model of *type*. Raises ValueError for what is no type."""
    found: Model = import_module(MODELS).get_fhir_model_class(type)
    return found


@cache
def shape(type: str) -> Shape:
    """Return the elements of *type*."""
    left_out = NOT_IN_R4.get(type, frozenset())
    elements = {each.name: each for each in _elements(type) if each.name not in left_out and each.type not in NO_TYPES}
    said = [_said(field) for field in model(type).model_fields.values()]
    return Shape(
        elements=elements,
        required=tuple(each for each in elements.values() if each.required),
        choices={name: _chosen(elements, name) for each in elements.values() if (name := each.choice)},
        required_choices=frozenset(each["one_of_many"] for each in said if each.get("one_of_many_required")),
    )


def _chosen(elements: Mapping[str, Element], choice: str) -> frozenset[str]:
    return frozenset(each.name for each in elements.values() if each.choice == choice)


def _elements(type: str) -> Iterator[Element]:
    for name, field in model(type).model_fields.items():
        alias = field.alias or name
        if not alias.startswith("_") and alias not in (COMMENTS, "resource_type"):
            yield _element(type, alias, field)


def _element(owner: str, name: str, field: Any) -> Element:
    said = _said(field)
    kind, many = _kind(field.annotation)
    complex = isinstance(kind, type)
    return Element(
        name=name, type=kind._model_klass.rpartition(".")[2] if complex else kind, primitive=not complex, many=many,
        required=field.is_required() or bool(said.get("element_required")), choice=said.get("one_of_many", ""),
        targets=frozenset(said.get("enum_reference_types", ())) - {"Resource"} - ONLY_IN_R4B.get((owner, name), set()),
    )  # fmt: skip


def _said(field: Any) -> Mapping[str, Any]:
    return field.json_schema_extra or {}


def _kind(annotation: Any) -> tuple[Any, bool]:
    """The name of a primitive or the class of what is composed, and whether there is a list of it."""
    if isinstance(annotation, type) and issubclass(annotation, FhirBase):
        return annotation, False
    if annotation in PLAIN:
        return PLAIN[annotation], False
    if get_origin(annotation) is Annotated:
        return _primitive(get_args(annotation)), False
    inner = next(each for each in get_args(annotation) if each is not NoneType)
    return _kind(inner)[0], get_origin(annotation) is list or _kind(inner)[1]


def _primitive(parts: tuple[Any, ...]) -> str:
    named = (getattr(each, "__visit_name__", "") for each in parts[1:])
    return next((each for each in named if each), "uuid")
