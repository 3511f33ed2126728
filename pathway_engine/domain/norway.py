"""The wall clocks of Norway, by which its messages are dated and its pages are read."""

from __future__ import annotations

from zoneinfo import ZoneInfo

TIME_ZONE = "Europe/Oslo"
OSLO = ZoneInfo(TIME_ZONE)
