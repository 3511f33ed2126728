"""A relay as a program of its own, to be killed: `python -m tests.outbox.child DATABASE PORT`."""

from __future__ import annotations

import logging
import sys
import time

from pathway_engine import clock
from tests.outbox.house import engine_with
from tests.outbox.receiver import SocketTransport
from tests.outbox.relays import QUICK
from tests.service.community import Community

if __name__ == "__main__":
    logging.disable()
    engine = engine_with(Community(sys.argv[1], pathways=()), SocketTransport(int(sys.argv[2])), QUICK)
    print("sending", flush=True)
    while True:
        if not engine.send_next(clock.now):
            time.sleep(0.01)
