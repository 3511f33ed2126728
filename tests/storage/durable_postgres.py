"""A PostgreSQL of the tests that waits for the disk, because the program refuses any other."""

from __future__ import annotations

import psycopg


def set_and_wait(address: str, change: str, shown: str, expected: str) -> None:
    """Change a server setting, and wait until a new connection is shown *expected*."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(change.encode())
        connection.execute("SELECT pg_reload_conf()")
    for _ in range(2000):
        with psycopg.connect(address, autocommit=True) as connection:
            if connection.execute(f"SHOW {shown}".encode()).fetchone() == (expected,):
                return
    raise AssertionError(f"{shown} did not become {expected}")


def made_durable(address: str) -> str:
    """Return *address* once its server waits for the disk."""
    set_and_wait(address, "ALTER SYSTEM RESET ALL", "fsync", "on")
    return address
