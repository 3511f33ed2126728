"""What a pathway may know of a patient: the types of its facts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FactType:
    """The type of a fact: boolean, integer, number, date, text, or one of `choices`.

    `forget_on` names events at which the value is forgotten (a destination belongs to one stay).
    """

    kind: str
    choices: tuple[str, ...] = ()
    forget_on: tuple[str, ...] = ()
