"""Made-up patients' stays, told as a hospital tells them: the n-th message is always the same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from pathway_engine.domain.identifiers import make_synthetic

OSLO = ZoneInfo("Europe/Oslo")
START, END = b"\x0b", b"\x1c\r"
NUMBERS_A_DAY = 20
FIRST_PATIENT = 200_000
CONTROL_ID = re.compile(rb"\|C(\d{8})\|")


@dataclass(frozen=True, slots=True)
class Step:
    """One message of a stay: its event, how long before the run it happened, and where the patient went."""

    event: str
    hours_ago: int
    destination: str = ""


def _stay(*steps: tuple[str, int] | tuple[str, int, str]) -> tuple[Step, ...]:
    return tuple(Step(*step) for step in steps)


STORIES = (
    _stay(("A01", 75), ("A16", 27), ("A03", 4, "home")),
    _stay(("A01", 99), ("A16", 52), ("A25", 30), ("A16", 26), ("A03", 3, "home")),
    _stay(("A01", 51), ("A08", 48), ("A16", 25), ("A03", 2, "short_term")),
    _stay(("A01", 70), ("A16", 30), ("A03", 5, "home"), ("A13", 4), ("A03", 3, "home")),
    _stay(("A01", 60), ("A16", 6)),
)
PLACES = (("5001", "Lerkendal", "7031"), ("5001", "Østbyen", "7031"), ("5059", "", "7316"))
SENDERS = {"applied": "EPJ", "stored": "KURVE"}
"""How each sending system is named in MSH-3, by when it wants to be answered."""

STRUCTURES = {"A13": "ADT_A01", "A08": "ADT_A01", "A25": "ADT_A21"}
KINDS = len(STORIES) * len(PLACES)
"""So many patients are told of before story and place repeat."""

PER_ROUND = sum(len(story) for story in STORIES)


@dataclass(frozen=True)
class Stories:
    """Every message that may be sent, by number; `begun_at` is when the run began, `senders` who tells."""

    begun_at: datetime
    senders: tuple[str, ...]

    def raw(self, number: int) -> bytes:
        """The *number*-th message."""
        patient, step = place_of(number)
        return self._templates[patient % KINDS][step] % self._values(patient, number)

    def frame(self, number: int) -> bytes:
        """The *number*-th message as it goes over the wire."""
        return START + self.raw(number) + END

    def _values(self, patient: int, number: int) -> dict[bytes, bytes]:
        born, identity = _person(patient)
        return {
            b"application": self.senders[patient % len(self.senders)].encode(), b"control": b"C%08d" % number,
            b"identity": identity.encode(), b"hospital": b"D%d" % (FIRST_PATIENT + patient),
            b"born": b"%04d%02d%02d" % (born.year, born.month, born.day), b"stay": b"S%d" % (FIRST_PATIENT + patient),
        }  # fmt: skip

    @cached_property
    def _templates(self) -> list[list[bytes]]:
        return [
            [
                _template(step, STORIES[kind % len(STORIES)], PLACES[kind // len(STORIES)], self.begun_at)
                for step in story
            ]
            for kind in range(KINDS)
            for story in [STORIES[kind % len(STORIES)]]
        ]


@lru_cache(maxsize=4096)
def _person(patient: int) -> tuple[date, str]:
    """A made-up patient's birth date and synthetic identity number."""
    born = date(1930, 1, 1) + timedelta(days=patient // NUMBERS_A_DAY)
    return born, make_synthetic(born, patient % NUMBERS_A_DAY)


def place_of(number: int) -> tuple[int, int]:
    """Whom the message is about, and the how-maniest of that patient's story it is."""
    patient, left = number // PER_ROUND * len(STORIES), number % PER_ROUND
    for story in STORIES:
        if left < len(story):
            break
        left -= len(story)
        patient += 1
    return patient, left


def numbers_of(patient: int) -> range:
    """The messages about a patient."""
    story = patient % len(STORIES)
    first = patient // len(STORIES) * PER_ROUND + sum(len(each) for each in STORIES[:story])
    return range(first, first + len(STORIES[story]))


def kind_of(number: int) -> tuple[int, int]:
    """What is the same for all messages that tell the same of the same kind of patient."""
    patient, step = place_of(number)
    return patient % KINDS, step


def number_in(raw: bytes) -> int | None:
    """The number of a message, read from its own control id; None in foreign bytes."""
    found = CONTROL_ID.search(raw[:200])
    return None if found is None else int(found.group(1))


def _template(step: Step, story: tuple[Step, ...], place: tuple[str, str, str], begun_at: datetime) -> bytes:
    at = begun_at - timedelta(hours=step.hours_ago)
    return ("".join(f"{line}\r" for line in _segments(step, story, place, at, begun_at))).encode()


def _segments(
    step: Step, story: tuple[Step, ...], place: tuple[str, str, str], at: datetime, begun_at: datetime
) -> Iterator[str]:
    municipality, district, postal_code = place
    admitted = _local(begun_at - timedelta(hours=story[0].hours_ago))
    kind = f"ADT^{step.event}^{STRUCTURES.get(step.event, f'ADT_{step.event}')}"
    written = _local(at + timedelta(minutes=1))
    yield (
        f"MSH|^~\\&|%(application)s|FJORDSYK|PATHWAY|FJORDBY|{written}||{kind}|%(control)s|P|2.5|||||NOR|UNICODE UTF-8"
    )
    yield f"EVN||{written}||||{_local(at)}"
    yield (
        "PID|1||%(identity)s^^^Folkeregisteret&2.16.578.1.12.4.1.4.1&ISO^NNNOR~%(hospital)s^^^FJORDSYK^MR"
        f"||Oppdiktet^Kari||%(born)s|F|||Fjordgløttveien 1^^Fjordby^^{postal_code}^NOR^H^^{municipality}^{district}"
    )
    ended = [step.destination, *[""] * 7, admitted, _local(at)] if step.event == "A03" else [*[""] * 8, admitted]
    yield "|".join(["PV1|1|I|MED2^1^1^FJORDSYK", *[""] * 15, "%(stay)s^^^FJORDSYK^VN", *[""] * 16, *ended])
    if step.event == "A16":
        yield f"PV2|||||||||{(begun_at.astimezone(OSLO) + timedelta(days=1)):%Y%m%d}"


def _local(at: datetime) -> str:
    return f"{at.astimezone(OSLO):%Y%m%d%H%M%S%z}"
