"""The picture of the house: its layers as the import contracts say, each room with the sentence it opens with."""

from __future__ import annotations

import ast
import textwrap
from html import escape

from tests.architecture.contracts import ENGINE, Wall, layers, walls
from tests.architecture.source_tree import REPOSITORY

PICTURE = REPOSITORY / "docs" / "pictures" / "house.svg"
WIDTH_PX, MARGIN_PX, GAP_PX, PADDING_PX = 1120, 24, 14, 12
LINE_PX, LETTER_PX, ROW_GAP_PX = 18, 7.2, 26
TITLE = "Rooms of the program: each may import what stands below it, never what stands above or beside it"
STYLE = """
    .paper{fill:#ffffff}.room{fill:#f3f6fa;stroke:#31506f;stroke-width:1.5}
    text{font-family:system-ui,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;font-size:13px;fill:#16202b}
    .name{font-size:15px;font-weight:700}.way{stroke:#0b4f8a;stroke-width:1.6;fill:none}.head{fill:#0b4f8a}
    @media (prefers-color-scheme:dark){.paper{fill:#12171d}.room{fill:#1d2630;stroke:#9db8d3}
    text{fill:#eef2f6}.way{stroke:#9fd0ff}.head{fill:#9fd0ff}}"""


def drawn() -> str:
    """Return the SVG."""
    parts: list[str] = []
    top = MARGIN_PX + 2 * LINE_PX
    rows = layers()
    for number, rooms in enumerate(rows):
        height = _row(parts, rooms, top)
        top += height + ROW_GAP_PX
        if number < len(rows) - 1:
            parts.append(_arrow(top - ROW_GAP_PX, top))
    top = _below(parts, top)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {top}" role="img" aria-labelledby="t">',
        f'<title id="t">{escape(TITLE)}</title>', f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{WIDTH_PX}" height="{top}"/>',
        f'<text class="name" x="{MARGIN_PX}" y="{MARGIN_PX + LINE_PX}">{escape(TITLE)}</text>', *parts, "</svg>", "",
    ])  # fmt: skip


def _row(parts: list[str], rooms: tuple[str, ...], top: int) -> int:
    """Draw a layer and return its height."""
    width = (WIDTH_PX - 2 * MARGIN_PX - GAP_PX * (len(rooms) - 1)) / len(rooms)
    told = [textwrap.wrap(opening(room), int((width - 2 * PADDING_PX) / LETTER_PX)) for room in rooms]
    height = max(map(len, told)) * LINE_PX + LINE_PX + 2 * PADDING_PX
    for number, (room, lines) in enumerate(zip(rooms, told, strict=True)):
        left = MARGIN_PX + number * (width + GAP_PX)
        parts.append(f'<rect class="room" x="{left:.1f}" y="{top}" width="{width:.1f}" height="{height}" rx="6"/>')
        parts.append(_text(left + PADDING_PX, top + PADDING_PX + 13, room.removeprefix(ENGINE), "name"))
        parts += [
            _text(left + PADDING_PX, top + PADDING_PX + 13 + LINE_PX * at, line) for at, line in enumerate(lines, 1)
        ]
    return height


def _below(parts: list[str], top: int) -> int:
    """Tell the walls that no layer shows; return where the picture ends."""
    top += LINE_PX
    for wall in walls():
        for line in textwrap.wrap(told_of(wall), int((WIDTH_PX - 2 * MARGIN_PX) / LETTER_PX), subsequent_indent="   "):
            parts.append(_text(MARGIN_PX, top, line))
            top += LINE_PX
    return top + MARGIN_PX - LINE_PX


def told_of(wall: Wall) -> str:
    """A wall in one sentence: who may not import what."""
    sources, forbidden = (
        ", ".join(each.removeprefix(ENGINE) for each in some) for some in (wall.sources, wall.forbidden)
    )
    return f"✗ {wall.name}: not {sources} → {forbidden}"


def opening(room: str) -> str:
    """The sentence that a room opens with, without its full stop."""
    place = REPOSITORY.joinpath(*room.split("."))
    file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    told = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
    return told.partition("\n")[0].removesuffix(".")


def _text(x: float, y: float, text: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:.1f}" y="{y}">{escape(text)}</text>'


def _arrow(start: int, end: int) -> str:
    x = WIDTH_PX // 2
    return f'<path class="way" d="M{x} {start}V{end - 8}"/><path class="head" d="M{x - 5} {end - 9}h10l-5 8z"/>'
