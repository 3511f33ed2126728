"""The doctor's discharge letter (epikrise 1.1 and 1.2): its head only, and it is read only.

The letter has no MsgHead; who sent it, to whom and about whom stands in its own elements.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from adapters.norwegian.apprec import AdditionalId, CareProvider
from adapters.norwegian.binding import Namespaces, many, part, stamp, text
from adapters.norwegian.values import Code, Moment


@dataclass(frozen=True, slots=True)
class LetterPatient:
    """The patient: one name, an official identifier and its kind, and others."""

    xmlns: ClassVar[Namespaces] = "dis"
    sex: Code | None = part("Sex")
    birth_date: Moment | None = stamp("DateOfBirth")
    death_date: Moment | None = stamp("DateOfDeath")
    name: str = text("Name")
    official_id: str = text("OffId", shown=False)
    official_id_kind: Code | None = part("TypeOffId")
    additional_ids: tuple[AdditionalId, ...] = many("AdditionalId")


@dataclass(frozen=True, slots=True)
class LetterParty:
    """The sender, the receiver or a copy recipient."""

    xmlns: ClassVar[Namespaces] = "dis"
    role: Code | None = part("Role")
    method: Code | None = part("ComMethod")
    provider: CareProvider | None = part("HCP")


@dataclass(frozen=True, slots=True)
class LetterReport:
    """ServRprt: the report's own head; `status` is of code system 7309 and may be M or C too."""

    xmlns: ClassVar[Namespaces] = "dis"
    service: Code | None = part("ServType")
    issued_at: Moment | None = stamp("IssueDate")
    approved_at: Moment | None = stamp("ApprDate")
    status: Code | None = part("Status")
    ack: Code | None = part("Ack")
    description: str = text("MsgDescr")
    provider_ref: str = text("ServProvId")
    patient: LetterPatient | None = part("Patient")
    sender: LetterParty | None = part("ServProvider")
    receiver: LetterParty | None = part("Requester")
    copies: tuple[LetterParty, ...] = many("CopyDest")


@dataclass(frozen=True, slots=True)
class DischargeLetter:
    """The letter's head. `id` is its MsgId; `kind` is EPIKRISE when it is given."""

    xmlns: ClassVar[Namespaces] = "dis"
    kind: Code | None = part("Type")
    mig_version: str = text("MIGversion")
    generated_at: Moment | None = stamp("GenDate")
    id: str = text("MsgId")
    status: Code | None = part("Status")
    report: LetterReport | None = part("ServRprt")
