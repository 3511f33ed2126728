"""Making a bad input of good ones: by bytes, by the grammar's own pieces, and by size."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

LARGEST_BYTES = 300_000
SIZES = (2, 3, 13, 201, 501, 2_000)
"""How often a piece is repeated; some are just above a limit."""
CODECS = ("latin-1", "utf-16", "utf-16-le", "utf-8-sig", "cp1252", "utf-7")


@dataclass(frozen=True, slots=True)
class Grammar:
    """What mutation knows of a kind of input: good examples, telling words, and what stands between its pieces."""

    seeds: Sequence[bytes]
    words: Sequence[bytes]
    between: Sequence[bytes]


def mutated(chance: Random, grammar: Grammar) -> bytes:
    """Return one input; the same *chance* gives the same."""
    data = chance.choice(grammar.seeds)
    for _ in range(chance.choice((1, 1, 1, 1, 1, 2, 2, 3, 5))):
        data = chance.choice(WAYS)(chance, data, grammar)[:LARGEST_BYTES]
    return data


def _span(chance: Random, data: bytes, longest: int = 64) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + chance.randrange(1, longest))


def _flipped(chance: Random, data: bytes, _grammar: Grammar) -> bytes:
    if not data:
        return b"\x00"
    place = chance.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << chance.randrange(8))]) + data[place + 1 :]


def _noise(chance: Random, data: bytes, _grammar: Grammar) -> bytes:
    start, end = _span(chance, data, 8)
    return data[:start] + chance.randbytes(chance.randrange(1, 6)) + data[end:]


def _cut(chance: Random, data: bytes, _grammar: Grammar) -> bytes:
    start, end = _span(chance, data)
    return data[:start] + data[end:]


def _ended(chance: Random, data: bytes, _grammar: Grammar) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _doubled(chance: Random, data: bytes, _grammar: Grammar) -> bytes:
    start, end = _span(chance, data)
    return data[:end] + data[start:end] + data[end:]


def _repeated(chance: Random, data: bytes, _grammar: Grammar) -> bytes:
    start, end = _span(chance, data, 24)
    return data[:end] + data[start:end] * chance.choice(SIZES) + data[end:]


def _spliced(chance: Random, data: bytes, grammar: Grammar) -> bytes:
    other = chance.choice(grammar.seeds)
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


def _worded(chance: Random, data: bytes, grammar: Grammar) -> bytes:
    """Put a word in, over nothing or over a few bytes."""
    start, end = _span(chance, data, 12)
    return data[:start] + chance.choice(grammar.words) + data[chance.choice((start, end)) :]


def _pieces(chance: Random, data: bytes, grammar: Grammar) -> tuple[bytes, list[bytes]]:
    between = chance.choice(grammar.between)
    return between, data.split(between)


def _replaced(chance: Random, data: bytes, grammar: Grammar) -> bytes:
    """Put a word, or another piece, in the place of one whole piece."""
    between, pieces = _pieces(chance, data, grammar)
    new = chance.choice(pieces) if chance.random() < 0.3 else chance.choice(grammar.words)
    pieces[chance.randrange(len(pieces))] = new
    return between.join(pieces)


def _dropped(chance: Random, data: bytes, grammar: Grammar) -> bytes:
    between, pieces = _pieces(chance, data, grammar)
    del pieces[chance.randrange(len(pieces))]
    return between.join(pieces)


def _swapped(chance: Random, data: bytes, grammar: Grammar) -> bytes:
    between, pieces = _pieces(chance, data, grammar)
    first, second = chance.randrange(len(pieces)), chance.randrange(len(pieces))
    pieces[first], pieces[second] = pieces[second], pieces[first]
    return between.join(pieces)


def _multiplied(chance: Random, data: bytes, grammar: Grammar) -> bytes:
    between, pieces = _pieces(chance, data, grammar)
    place = chance.randrange(len(pieces))
    pieces[place:place] = [pieces[place]] * min(chance.choice(SIZES), 1 + LARGEST_BYTES // (len(pieces[place]) + 1))
    return between.join(pieces)


def _renumbered(chance: Random, data: bytes, _grammar: Grammar) -> bytes:
    numbers = list(re.finditer(rb"\d+", data))
    if not numbers:
        return data
    found = chance.choice(numbers)
    number = chance.choice((b"0", b"1", b"-1", b"00", b"13", b"32", b"99999", b"9" * 20, b"2147483648"))
    return data[: found.start()] + number + data[found.end() :]


def _recoded(chance: Random, data: bytes, _grammar: Grammar) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(chance.choice(CODECS), "replace")


def _redelimited(chance: Random, data: bytes, grammar: Grammar) -> bytes:
    """Use another sign for what stands between the pieces, everywhere."""
    return data.replace(
        chance.choice(grammar.between), chance.choice((*grammar.between, b"#", b"", b"\n", b"\r\n", b"$"))
    )


def _indented(chance: Random, data: bytes, _grammar: Grammar) -> bytes:
    lines = data.split(b"\n")
    place = chance.randrange(len(lines))
    lines[place] = b" " * chance.randrange(6) + lines[place].lstrip() if chance.random() < 0.8 else b"\t" + lines[place]
    return b"\n".join(lines)


Way = Callable[[Random, bytes, Grammar], bytes]
WAYS: tuple[Way, ...] = (
    _flipped, _noise, _cut, _ended, _doubled, _repeated, _spliced, _worded, _worded, _replaced, _replaced, _dropped,
    _swapped, _multiplied, _renumbered, _recoded, _redelimited, _indented,
)  # fmt: skip
