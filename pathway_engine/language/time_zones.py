"""Time zones that a definition may name."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,30}(/[A-Za-z0-9_+-]{1,30}){0,2}")


def is_time_zone(name: str) -> bool:
    """Whether the time zone database has *name*; what does not look like one of its names is not looked for.

    The database is a tree of files, and a name that leads far down it is followed all the way.
    """
    if not _NAME.fullmatch(name):
        return False
    try:
        return bool(ZoneInfo(name))
    except (KeyError, ValueError, OSError):
        return False
