"""What can be wrong about somebody's access, in words for the reader by their key."""

from __future__ import annotations

from pathway_engine.domain.errors import PathwayEngineError


class AccessRefused(PathwayEngineError):
    """The access is refused; `text` is the key of what the reader is told."""

    text = "access.refused"


class WrongSecret(AccessRefused):
    """Name and password do not belong together, or there were too many tries."""

    text = "access.wrong"


class WrongPin(AccessRefused):
    """The PIN is wrong."""

    text = "access.wrong_pin"


class UnfitPassword(AccessRefused):
    """The password is too short, or too easy to guess."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Busy(AccessRefused):
    """Too many sign in at the same time; a moment later would be right."""

    text = "access.busy"


class NotLinked(AccessRefused):
    """The issuer knows the person, but the directory here does not, or knows another under that account."""

    text = "access.not_linked"
