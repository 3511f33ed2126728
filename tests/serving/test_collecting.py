"""The garbage collector while the program serves."""

from __future__ import annotations

import gc
import weakref

from pathway_engine.serving.collecting import NEW_OBJECTS, collecting_rarely


class Circle:
    """An object that only the collector frees."""

    def __init__(self) -> None:
        self.self = self


def test_circles_are_still_freed_but_no_batch_of_messages_sets_the_collector_off() -> None:
    threshold = gc.get_threshold()
    with collecting_rarely():
        rounds = gc.get_stats()[0]["collections"]
        circle = weakref.ref(Circle())
        kept = [[number] for number in range(NEW_OBJECTS // 2)]
        assert gc.get_stats()[0]["collections"] == rounds, "half of what sets it off set it off"
        kept += [[number] for number in range(NEW_OBJECTS)]
        assert circle() is None, "memory would grow without end"
    assert gc.get_threshold() == threshold and gc.get_freeze_count() == 0
