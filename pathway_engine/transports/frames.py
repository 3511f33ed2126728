"""MLLP's frames: bytes between a start and an end mark, cut out of a stream that may hold anything."""

from __future__ import annotations

from pathway_engine.domain.errors import PathwayEngineError

START = b"\x0b"
END = b"\x1c\r"
MAX_FRAME_BYTES = 1024 * 1024
MAX_STRAY_BYTES = 64 * 1024
"""How many bytes, line ends aside, may stand before a frame."""
HEAD_BYTES = 4096
"""How much of a bad frame is shown to whoever words the refusal."""


class Oversize(PathwayEngineError):
    """The frame is larger than is taken."""


class Stray(PathwayEngineError):
    """The bytes begin no frame, and there are more of them than are passed over."""


class Unfinished(PathwayEngineError):
    """A new frame began before the last one had ended."""

    def __init__(self, head: bytes) -> None:
        super().__init__()
        self.head = head


class Deframer:
    """Cuts a stream of bytes into frames; holds at most one unfinished frame of the largest size."""

    def __init__(self, max_frame_bytes: int, max_stray_bytes: int = MAX_STRAY_BYTES) -> None:
        self._max = max_frame_bytes
        self._max_stray = max_stray_bytes
        self._buffer = bytearray()
        self._searched = 0
        self.inside = False
        self._stray_bytes = 0
        self._junk_bytes = 0

    @property
    def begun(self) -> bool:
        """Whether something stands there that is not finished: a frame, or bytes that begin none."""
        return self.inside or self._stray_bytes > 0

    @property
    def held_bytes(self) -> int:
        """How many bytes are kept for what is not finished."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Add what was received."""
        self._buffer += data

    def head(self) -> bytes:
        """The first bytes of the frame that is not finished."""
        return bytes(self._buffer[:HEAD_BYTES]) if self.inside else b""

    def skipped(self) -> int:
        """How many bytes, line ends aside, stood between frames since this was last asked."""
        count, self._junk_bytes = self._junk_bytes, 0
        return count

    def next(self) -> bytes | None:
        """Return the next whole frame without its marks, None when there is none yet.

        Raises `Oversize` or `Stray`, after which the stream is of no more use, or `Unfinished` with
        the lost frame's first bytes, after which the next frame follows.
        """
        if not self.inside and not self._enter():
            return None
        again = self._buffer.find(START, self._searched)
        end = self._buffer.find(END, self._searched, again if again >= 0 else len(self._buffer))
        mark = end if end >= 0 else again
        if mark > self._max or (mark < 0 and len(self._buffer) > self._max + 1):
            raise Oversize
        if mark < 0:
            self._searched = max(len(self._buffer) - 1, 0)
            return None
        if end < 0:
            raise self._lose(again)
        frame = bytes(self._buffer[:end])
        self._leave(end + len(END))
        return frame

    def _enter(self) -> bool:
        """Skip to the next start mark; line ends between frames are usual, other bytes are counted."""
        start = self._buffer.find(START)
        skipped = len(self._buffer) if start < 0 else start
        line_ends = self._buffer.count(b"\r", 0, skipped) + self._buffer.count(b"\n", 0, skipped)
        self._junk_bytes += skipped - line_ends
        self._stray_bytes += skipped - line_ends
        if self._stray_bytes > self._max_stray:
            raise Stray
        self._leave(len(self._buffer) if start < 0 else start + 1)
        self.inside = start >= 0
        self._stray_bytes *= not self.inside
        return self.inside

    def _leave(self, position: int) -> None:
        del self._buffer[:position]
        self._searched = 0
        self.inside = False

    def _lose(self, start: int) -> Unfinished:
        lost = Unfinished(bytes(self._buffer[: min(start, HEAD_BYTES)]))
        self._leave(start + 1)
        self.inside = True
        return lost
