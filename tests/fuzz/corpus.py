"""What mutation begins with: real inputs of every kind, and strings that programs stumble over."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]

NAUGHTY = (
    "", " ", "\t", "\u00a0", "\u200b", "\ufeff", "\u202e", "\u2028", "\x85", "\x00", "\x0b", "\x0c", "\x1c", "\x1b[31m",
    "\x7f", "null", "None", "undefined", "NaN", "Infinity", "true", "True", "yes", "on", "0", "-0", "-1", "00", "007",
    "1e309", "0x10", "1_000", "9" * 16, "9" * 400, "1.0000000000000001", "٣", "½", "é", "e\u0301", "İ", "ß", "Ǆ", "𝒳",
    "👩\u200d👩\u200d👧", "\U0010ffff", "æøå", "../../etc/passwd", "%s%n", "{0}", "{{7*7}}", "${x}", "';--", '"', "'",
    "\\", "`", "<script>", "<!--", "]]>", "a" * 300, "A" * 5000, "a" * 70_000,
)  # fmt: skip

HL7_WORDS = (
    '""', "\\F\\", "\\S\\", "\\T\\", "\\R\\", "\\E\\", "\\.br\\", "\\X0D\\", "\\X0D0A\\", "\\XZZ\\", "\\H\\",
    "\\C2842\\",
    "\\Zz\\", "\\", "\\\\", "\\X", "^", "~", "&", "|", "^^^^^^^^^^^^^^", "&&&&&&&", "~~~~~", "|||||||||||||",
    "MSH|",
    "MSH", "PID|1||", "PV1|1|I", "PV2|", "MRG|1^^^A", "ZBE|1|20260101|UPDATE|CANCEL|Y|A03", "EVN|A01|20260101", "NK1|",
    "ZZZ|", "IN1|", "AL1|", "ADT^A01", "ADT^A03", "ADT^A08", "ADT^A11", "ADT^A13", "ADT^A16", "ADT^A25", "ADT^A40",
    "ADT^A44", "ADT^A45", "ADT^A47", "ADT^Z99", "ORU^R01", "A31", "A38", "2.1", "2.9", "2.5.1^NOR", "P", "T", "D", "AL",
    "NE", "ER", "SU", "UNICODE UTF-8", "8859/1", "8859/15", "ASCII", "UTF-16", "UNICODE", "ISO IR87",
    "20261112092000+0100", "20260329023000", "20261025023000", "00000000", "99991231235959.9999+1400", "00010101-1400",
    "20261301", "2026", "202602", "20260230", "20261112092000.1234567", "19410307", "Y", "N", "INSERT", "UPDATE",
    "CANCEL", "NNNOR", "urn:oid:2.16.578.1.12.4.1.4.1", "07834100376", "00000000000", "dead", "home",
)  # fmt: skip

YAML_WORDS = (
    "&a", "*a", "!!python/name:os.system", "!!binary", "!!int", "<<: *a", "? ", ": ", "- ", "-", "| ", "|+9", ">-",
    "%YAML 1.2", "---", "...", "{", "}", "[", "]", "{a: 1, a: 2}", "[[[[[[[[[[[[[[", "{{{{",
    "#", '"\\x00"', '"\\ud800"', "'", '"',
    "~", "null", "yes", "no", "1.0.0", "0o7", "2026-11-16", "2026-11-16 10:00", "2026-03-29 02:30", "3 days", "0 days",
    "2 working days", "999999999 weeks", "same day", "-1 days", "\t", "\r", "any", "none", "end", "\u2028", "\ud7ff",
    "event: ", "if: ", "due: ", "in: ", "from: ", "when: ", "steps:", "phases:", "facts: ", "known(a)", "age() > 3",
    "not not not alone", "Europe/Oslo", "../../etc/localtime", "", "posix/", "5001", "void: ", "at: ", "raises: []",
)  # fmt: skip

CONDITION_WORDS = (
    "and", "or", "not", "in", "not in", "(", ")", "[", "]", ",", "==", "!=", "<", "<=", ">", ">=", "=", "<>", "alone",
    "served", "falls", "weight", "destination", "arrived", "birth_date", "home", "short_term", "dead", "true", "false",
    "True", "age()", "days_since(arrived)", "known(falls)", 'date("2026-11-16")', 'date("2026-02-30")', '"home"', "'x'",
    "0", "1", "-1", "2.5", "007", "1e3", "((((((((((((", "not not not not", "__class__", "lambda", "x.y", "\n", "\\",
)  # fmt: skip


def reference() -> Path | None:
    """The folder of published material that the project does not hold itself; None without it."""
    named = os.environ.get("PATHWAY_REFERENCE_DATA", "")
    return Path(named) if named and Path(named).is_dir() else None


@cache
def naughty() -> tuple[bytes, ...]:
    """Strings that programs stumble over: our own, and the published list where it lies at hand."""
    folder = reference()
    listed = folder / "security" / "blns" / "blns.json" if folder else None
    more = json.loads(listed.read_text("utf-8")) if listed and listed.is_file() else []
    return tuple(str(text).encode("utf-8", "surrogatepass") for text in (*NAUGHTY, *more))


@cache
def hl7_messages() -> tuple[bytes, ...]:
    """Sample messages of our own, and the published ones where they lie at hand."""
    own = [file.read_bytes() for file in sorted((REPOSITORY / "samples" / "adt").glob("*.hl7"))]
    folder = reference()
    others = sorted((folder / "hl7v2").rglob("*.hl7")) if folder else []
    collected = sorted((folder / "hl7v2").rglob("*.out")) if folder else []
    streams = [b"MSH|" + part for file in collected for part in file.read_bytes().split(b"MSH|")[1:]]
    return (*own, *(file.read_bytes() for file in others), *streams[:200])


@cache
def pathway_folders() -> tuple[bytes, ...]:
    """Small pathways, each as one input (see `joined`), and the large one, which is slow, once."""
    folders = [REPOSITORY / "tests" / "language" / "right", REPOSITORY / "pathways" / "heart_failure"]
    return tuple(joined(folder) for folder in folders)


@cache
def wrong_files() -> tuple[bytes, ...]:
    """Files that hold one mistake each."""
    folder = REPOSITORY / "tests" / "language" / "wrong"
    return tuple(b"=== pathway.yaml\n" + file.read_bytes() for file in sorted(folder.glob("*.yaml")))


def joined(folder: Path) -> bytes:
    """The YAML files of a pathway's *folder* as one input: each after a line ``=== name``."""
    files = [folder / "pathway.yaml", *sorted((folder / "checklists").glob("*.yaml"))]
    return b"".join(
        b"=== " + file.relative_to(folder).as_posix().encode() + b"\n" + file.read_bytes() for file in files
    )


def parted(joint: bytes) -> dict[str, bytes]:
    """The files of one input, by name."""
    files: dict[str, bytes] = {}
    for part in (b"\n" + joint).split(b"\n=== ")[1:]:
        name, _, text = part.partition(b"\n")
        files[name.decode("utf-8", "replace")] = text
    return files


@cache
def directories() -> tuple[bytes, ...]:
    """Directory files."""
    return ((REPOSITORY / "pathway_engine" / "demonstration" / "directory.yaml").read_bytes(),)


@cache
def journeys() -> tuple[bytes, ...]:
    """Journeys of the smaller pathway."""
    folder = REPOSITORY / "pathways" / "heart_failure" / "journeys"
    return tuple(file.read_bytes() for file in sorted(folder.glob("*.yaml")))
