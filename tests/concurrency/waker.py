"""A worker as a program of its own: lets time take effect up to an instant, or puts a notice on a list.

python -m tests.concurrency.waker URL INSTANT [notice]
"""

from __future__ import annotations

import sys
from datetime import datetime

from pathway_engine.domain.tasks import Place
from pathway_engine.service.concerns import DEAD_LETTER, Concern, raise_notice
from tests.service.community import Community


def main(url: str, at: str, *what: str) -> None:
    """Do it once, and end."""
    community = Community(url, now=datetime.fromisoformat(at))
    context = community.engine.context
    if what:
        said = Concern(kind=DEAD_LETTER, about=1, subject="message 1", said="x", place=Place(municipality="5001"))
        context.committed(lambda records: raise_notice(context, records, said, community.now))
    else:
        community.engine.wake_due(community.now)
    community.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
