"""The revisions of the schema in their one order, and what each of them says that it changes on purpose."""

from __future__ import annotations

from functools import cache

from alembic.script import Script, ScriptDirectory

from pathway_engine.storage.schema import MIGRATIONS


@cache
def scripts() -> tuple[Script, ...]:
    """The migrations in the folder, oldest first."""
    return tuple(reversed(list(ScriptDirectory(str(MIGRATIONS)).walk_revisions())))


def revisions() -> tuple[str, ...]:
    """The names of all revisions, oldest first."""
    return tuple(script.revision for script in scripts())


def rewritten(since: str | None) -> frozenset[str]:
    """The tables and columns that a migration after *since* changes on purpose: its ``REWRITES``."""
    known = revisions()
    later = scripts()[known.index(since) + 1 :] if since else scripts()
    return frozenset(name for script in later for name in getattr(script.module, "REWRITES", ()))
