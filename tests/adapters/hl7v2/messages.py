"""ADT messages written for the tests, from the few fields that a test is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from adapters.hl7v2.reading import read
from adapters.hl7v2.sender import SenderSettings
from pathway_engine.domain.events import Happened, Reading, Voided
from pathway_engine.domain.identifiers import make_synthetic

FNR_OID = "Folkeregisteret&2.16.578.1.12.4.1.4.1&ISO"
FNR = make_synthetic(date(1941, 3, 7), 3)
PID_3 = f"{FNR}^^^{FNR_OID}^NNNOR~F100234^^^FJORDSYK^MR"

Fields = Mapping[int, str]


def segment(name: str, fields: Fields) -> str:
    """A segment with the given fields; field 0 is its name."""
    row = [name, *[""] * max(fields, default=0)]
    for number, text in fields.items():
        row[number] = text
    return "|".join(row)


def adt(
    event: str,
    *,
    msh: Fields | None = None,
    evn: Fields | None = None,
    pid: Fields | None = None,
    pv1: Fields | None = None,
    pv2: Fields | None = None,
    more: tuple[str, ...] = (),
    encoding: str = "utf-8",
) -> bytes:
    """An ADT message of one patient's stay 900123, written at 16 November 2026 10:05 in Norway."""
    header = {3: "EPJ", 4: "FJORDSYK", 5: "PATHWAY", 6: "FJORDBY", 7: "20261116100500+0100"}
    header |= {9: f"ADT^{event}", 10: "FS1", 11: "P", 12: "2.5", 18: "UNICODE UTF-8"} | dict(msh or {})
    lines = [
        segment("MSH", {number - 1: text for number, text in header.items()} | {1: "^~\\&"}),
        segment("EVN", {2: "20261116100500+0100"} | dict(evn or {})),
        segment("PID", {1: "1", 3: PID_3, 5: "Åsgård^Ragnhild"} | dict(pid or {})),
        segment("PV1", {2: "I", 3: "MED2^204^1^FJORDSYK", 19: "900123"} | dict(pv1 or {})),
    ]
    if pv2 is not None:
        lines.append(segment("PV2", pv2))
    return "\r".join([*lines, *more, ""]).encode(encoding)


def reading(raw: bytes, settings: SenderSettings | None = None) -> Reading:
    """What is read from *raw* with a sender's usual settings."""
    return read(raw, settings or SenderSettings())


def told(raw: bytes, settings: SenderSettings | None = None) -> list[str]:
    """The entries of *raw* in short: name and cause of what happened, ``not`` and cause of what did not."""
    return [_short(entry) for entry in reading(raw, settings).entries]


def happened(raw: bytes, name: str, settings: SenderSettings | None = None) -> Happened:
    """The entry of *raw* that is called *name*."""
    entries = reading(raw, settings).entries
    return next(entry for entry in entries if isinstance(entry, Happened) and entry.name == name)


def _short(entry: Happened | Voided) -> str:
    return f"not {entry.cause}" if isinstance(entry, Voided) else f"{entry.name} {entry.cause}"
