"""The machine that measures, in the words that stand above the figures."""

from __future__ import annotations

import os
import platform
import sqlite3
from pathlib import Path

import psycopg
import sqlalchemy

from tests.bench.databases import Ground
from tests.bench.report import Section, Table, ms

TITLE = "The machine"


def described(ground: Ground, options: str) -> Section:
    """What was measured on."""
    kind = ground.file_system()
    memory = " (memory: an fsync costs next to nothing)" if kind == "tmpfs" else ""
    table = Table(
        ("", ""),
        [
            ("processor", _processor()),
            ("processors (`nproc`)", str(len(os.sched_getaffinity(0)))),
            ("Python", platform.python_version()),
            ("SQLite", f"{sqlite3.sqlite_version}, journal_mode=WAL, synchronous=FULL"),
            ("PostgreSQL", f"{ground.postgresql_version()}, fsync=on, synchronous_commit=on, else its defaults"),
            ("psycopg, SQLAlchemy", f"{psycopg.__version__}, {sqlalchemy.__version__}"),
            ("file system of both databases", f"{kind}{memory}"),
            ("one small write and fdatasync there, median", f"{ms(ground.fsync_seconds())} ms"),
            ("run with", f"`python -m tests.bench{options}`"),
        ],
    )
    return Section(TITLE, "", (table,))


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"
