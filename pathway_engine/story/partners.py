"""The others' post: takes what the municipality sends out of the folder and answers it; one receipt gets lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from adapters.norwegian.letters import opened
from adapters.norwegian.receipts import receipts_for
from pathway_engine.transports.drop_folder import IN, OUT, RECEIPTS, DropFolder
from pathway_engine.transports.folder import put_whole

LOST = "INNLEGGELSESRAPPORT"


@dataclass(slots=True)
class Partners:
    """Everybody whom the municipality writes to.

    `loses` tells by type and time whether a receipt gets lost on its way; it lies in `lost` until somebody finds it.
    `taken` counts the messages by type, `receipts` those that the municipality gave.
    """

    drop: DropFolder
    loses: Callable[[str, datetime], bool]
    lost: list[tuple[str, bytes]] = field(default_factory=list)
    taken: dict[str, int] = field(default_factory=dict)
    receipts: int = 0
    numbers: count[int] = field(default_factory=lambda: count(1))

    def send(self, raw: bytes) -> None:
        """Bring a message, or a receipt, to the municipality."""
        put_whole(self.drop.part(IN), f"from-{next(self.numbers):05}.xml", raw)

    def collect(self, now: datetime) -> int:
        """Take and answer all that lies ready; return how much it was."""
        found = sorted(self.drop.part(OUT).iterdir())
        for path in found:
            self._take(path.read_bytes(), now)
            path.unlink()
        for path in sorted(self.drop.part(RECEIPTS).iterdir()):
            self.receipts += 1
            path.unlink()
        return len(found)

    def _take(self, raw: bytes, now: datetime) -> None:
        envelope = opened(raw).envelope
        self.taken[envelope.type] = self.taken.get(envelope.type, 0) + 1
        assert envelope.receiver is not None
        receipt = receipts_for(envelope, (envelope.receiver,), (), now)
        assert receipt is not None
        if self.loses(envelope.type, now):
            self.lost.append((envelope.type, receipt))
        else:
            self.send(receipt)

    def find(self) -> None:
        """The lost receipts are found, and sent."""
        while self.lost:
            self.send(self.lost.pop(0)[1])
