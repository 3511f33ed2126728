"""Messages of the demonstration that stop, so that the inbox of the message responsible has something to show."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from pathway_engine.channels.families import NORWEGIAN
from pathway_engine.channels.hl7v2 import HL7V2
from pathway_engine.demonstration.messages import Stay, adt
from pathway_engine.demonstration.norwegian import person_of, written
from pathway_engine.demonstration.stories import PATIENTS, VISITOR, Told
from pathway_engine.service.engine import Engine
from pathway_engine.service.receiving import Incoming

ASTRID, HARALD = PATIENTS[0], PATIENTS[1]


def troubles(engine: Engine, now: datetime) -> int:
    """Let four messages stop, each for a reason of its own; return how many were set aside."""
    messages = (
        (_nameless(now), NORWEGIAN), (_of_a_stranger(now), HL7V2), (_ahead(now), HL7V2),
        (b"<MsgHead>not all of it came", NORWEGIAN),
    )  # fmt: skip
    ends = [engine.receive(Incoming(raw, channel, "demo"), now).disposition for raw, channel in messages]
    return sum(end != "applied" for end in ends)


def _nameless(now: datetime) -> bytes:
    """A hospital that tells of Astrid by name and birth date only."""
    nobody = replace(person_of(ASTRID), idents=())
    return written("LOG_UTSKRIVNINGSKLAR", now - timedelta(hours=1), now, nobody, "demo-nameless")


def _of_a_stranger(now: datetime) -> bytes:
    """A hospital that is not in the directory."""
    told = Told("A01", hours=3)
    raw = adt(told, VISITOR, Stay(990001, now - told.ago), now - told.ago, "DEMO-STRANGER")
    return raw.replace(b"|FJORDSYK|PATHWAY", b"|VIKSYK|PATHWAY", 1)


def _ahead(now: datetime) -> bytes:
    """A ward whose clock shows next year."""
    at = now + timedelta(days=365)
    return adt(Told("A01"), HARALD, Stay(990002, at), at, "DEMO-AHEAD")
