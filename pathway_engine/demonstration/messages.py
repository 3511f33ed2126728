"""ADT messages of made-up patients, written as a hospital would write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from pathway_engine.demonstration.stories import Patient, Told
from pathway_engine.domain.norway import OSLO

STRUCTURES = {
    "A13": "ADT_A01",
    "A08": "ADT_A01",
    "A21": "ADT_A21",
    "A22": "ADT_A21",
    "A25": "ADT_A21",
    "A31": "ADT_A05",
}

__all__ = ["Patient", "Stay", "adt"]


@dataclass(frozen=True, slots=True)
class Stay:
    """A hospital stay: its number and when it began."""

    number: int
    admitted_at: datetime

    @classmethod
    def of(cls, patient: Patient, number: int, now: datetime) -> Self:
        """The *number*-th stay of a made-up patient; the admission time is the story's own."""
        return cls(700000 + patient.number * 10 + number, now - patient.admitted_ago(number))


def adt(told: Told, patient: Patient, stay: Stay, at: datetime, control_id: str) -> bytes:
    """Return the message of *told*, which happened at *at* and was written down a minute later."""
    written = _local(at + timedelta(minutes=1))
    kind = f"ADT^{told.event}^{STRUCTURES.get(told.event, f'ADT_{told.event}')}"
    segments = [
        f"MSH|^~\\&|EPJ|FJORDSYK|PATHWAY|FJORDBY|{written}||{kind}|{control_id}|P|2.5|||||NOR|UNICODE UTF-8",
        f"EVN||{written}||||{_local(at)}",
        _pid(patient, told),
        _pv1(patient, stay, told, at),
    ]
    if told.event == "A16":
        expected = (at.astimezone(OSLO) + timedelta(days=1)).date()
        segments.append(_segment("PV2", {9: f"{expected:%Y%m%d}"}))
    return "".join(f"{segment}\r" for segment in segments).encode()


def _pid(patient: Patient, told: Told) -> str:
    registry = "Folkeregisteret&2.16.578.1.12.4.1.4.1&ISO"
    return _segment("PID", {
        1: "1", 3: f"{patient.national_number}^^^{registry}^NNNOR~D{200000 + patient.number}^^^FJORDSYK^MR",
        5: f"{patient.family}^{patient.given}", 7: f"{patient.birth_date:%Y%m%d}", 8: patient.gender,
        11: _address(patient),
        30: "Y" if told.destination == "dead" else "",
    })  # fmt: skip


def _address(patient: Patient) -> str:
    place = f"{patient.municipality}^{patient.district}"
    return f"{patient.street}^^{patient.city}^^{patient.postal_code}^NOR^H^^{place}"


def _pv1(patient: Patient, stay: Stay, told: Told, at: datetime) -> str:
    is_discharge = told.event == "A03"
    return _segment("PV1", {
        1: "1", 2: "I", 3: f"{patient.ward}^1^1^FJORDSYK", 19: f"{stay.number}^^^FJORDSYK^VN",
        36: told.destination if is_discharge else "", 44: _local(stay.admitted_at),
        45: _local(at) if is_discharge else "",
    })  # fmt: skip


def _segment(name: str, fields: dict[int, str]) -> str:
    return "|".join([name, *(fields.get(number, "") for number in range(1, max(fields) + 1))]).rstrip("|")


def _local(at: datetime) -> str:
    return f"{at.astimezone(OSLO):%Y%m%d%H%M%S%z}"
