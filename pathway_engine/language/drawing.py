"""The SVG of a pathway: phases in one column, every move in a lane of its own beside it.

Labels stand between the boxes and the lanes, so they cover neither; moves that lead down run on
the right, moves that lead up on the left. What can happen in every phase is one arrow from the side.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from pathway_engine.domain.definition import Move, Pathway
from pathway_engine.language.layout import rows, sources_of
from pathway_engine.language.outline import beginnings, lines_by_phase
from pathway_engine.language.words import move_nb

TITLE_PX, TEXT_PX, LINE_PX = 18, 15, 22
PORT_PX, LANE_PX, ROW_GAP_PX, MARGIN_PX = 24, 18, 34, 24
CHARACTER_PX = 0.54 * TEXT_PX
HEADING_PX = 64
LONGEST_LINE = 54
BOX_PX = int(LONGEST_LINE * CHARACTER_PX) + 40
LEGEND = "Tykk ramme: forløpet kan begynne her. Etter kolon: frist. Etter pil: melding."
STYLE = """
    .paper{fill:#ffffff}.box{fill:#f3f6fa;stroke:#31506f;stroke-width:1.5}
    .end{fill:#e9e9ec;stroke:#5c5f66}.begin{stroke-width:3.5}
    text{font-family:system-ui,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;font-size:15px;fill:#16202b}
    .title{font-size:18px;font-weight:600}.heading{font-size:22px;font-weight:700}
    .label{fill:#0b4f8a}
    .way{fill:none;stroke:#0b4f8a;stroke-width:1.6}.head{fill:#0b4f8a}
    @media (prefers-color-scheme:dark){.paper{fill:#12171d}.box{fill:#1d2630;stroke:#9db8d3}
    .end{fill:#26282c;stroke:#a6a9b0}text{fill:#eef2f6}.label{fill:#9fd0ff}
    .way{stroke:#9fd0ff}.head{fill:#9fd0ff}}"""


@dataclass(slots=True)
class _Box:
    """A phase: where it stands, its lines, and how many ports are taken on each side."""

    phase: str
    lines: tuple[str, ...]
    top: float = 0.0
    height: float = 0.0
    taken: int = 0

    def port(self) -> float:
        """Take the next free height at which a line may touch the box."""
        self.taken += 1
        return self.top + 14 + (self.taken - 1) * PORT_PX


@dataclass(frozen=True, slots=True)
class _Way:
    """A move as drawn: its lines down (or up) to one target; `anywhere` has no sources."""

    label: str
    sources: tuple[str, ...]
    target: str
    right: bool


def svg(pathway: Pathway) -> str:
    """Return the drawing, readable on light and dark, with title and description for screen readers."""
    order = rows(pathway)
    ways = _ways(pathway, order)
    sides = {right: [way for way in ways if way.right is right] for right in (False, True)}
    boxes = _boxes(pathway, order, sides)
    zone = {side: _label_zone(sides[side]) for side in sides}
    lanes = {side: len([way for way in sides[side] if way.sources]) * LANE_PX + 10 for side in sides}
    left = MARGIN_PX + lanes[False] + zone[False]
    width = left + max(BOX_PX + zone[True] + lanes[True], len(LEGEND) * CHARACTER_PX) + MARGIN_PX
    body = [
        _text(left, MARGIN_PX + 18, pathway.title.nb, "heading"),
        _text(left, MARGIN_PX + 44, LEGEND),
    ]
    body += [_box_svg(box, left, pathway) for box in boxes.values()]
    for right in (False, True):
        edge = left + BOX_PX if right else left
        body += _ways_svg(sides[right], boxes, edge, zone[right], 1 if right else -1)
    height = max(box.top + box.height for box in boxes.values()) + MARGIN_PX
    return _document(pathway, width, height, body)


def _ways(pathway: Pathway, order: Sequence[str]) -> list[_Way]:
    row = {phase: number for number, phase in enumerate(order)}
    merged: dict[tuple[str, tuple[str, ...], bool], list[str]] = {}
    for move in pathway.moves:
        for right, sources in _by_side(move, pathway, row):
            merged.setdefault((move.target, sources, right), []).append(move_nb(move, pathway))
    ways = [_Way(" / ".join(labels), sources, target, right) for (target, sources, right), labels in merged.items()]
    return sorted(ways, key=lambda way: (_span(way, row), row[way.target], way.label))


def _by_side(move: Move, pathway: Pathway, row: dict[str, int]) -> list[tuple[bool, tuple[str, ...]]]:
    sources = sources_of(move, pathway)
    if len(pathway.open_phases) > 2 and set(sources) >= set(pathway.open_phases):
        return [(True, ())]
    down = tuple(source for source in sources if row[source] < row[move.target])
    up = tuple(source for source in sources if row[source] >= row[move.target])
    return [(right, some) for right, some in ((True, down), (False, up)) if some]


def _span(way: _Way, row: dict[str, int]) -> int:
    touched = [row[phase] for phase in (*way.sources, way.target)]
    return max(touched) - min(touched)


def _boxes(pathway: Pathway, order: Sequence[str], sides: dict[bool, list[_Way]]) -> dict[str, _Box]:
    said = lines_by_phase(pathway)
    boxes: dict[str, _Box] = {}
    top = float(MARGIN_PX + HEADING_PX)
    for phase in order:
        lines = tuple(line for each in said[phase] for line in _wrapped(each))
        ports = max(_ports(phase, ways) for ways in sides.values())
        height = max(48 + len(lines) * LINE_PX, 14 + ports * PORT_PX)
        boxes[phase] = _Box(phase, lines, top, height)
        top += height + ROW_GAP_PX
    return boxes


def _ports(phase: str, ways: Sequence[_Way]) -> int:
    return sum((phase == way.target) * len(_label_lines(way)) + way.sources.count(phase) for way in ways)


def _wrapped(line: str) -> list[str]:
    whole_amounts = re.sub(r"(\d\.?) (?=\w)", "\\1\u00a0", line)
    return textwrap.wrap(whole_amounts, LONGEST_LINE, subsequent_indent="\u2003", break_on_hyphens=False)


def _label_lines(way: _Way) -> list[str]:
    said = way.label if way.sources else f"Fra alle faser: {way.label}"
    return textwrap.wrap(said, 34)


def _label_zone(ways: Sequence[_Way]) -> int:
    longest = max((len(line) for way in ways for line in _label_lines(way)), default=0)
    return int(longest * CHARACTER_PX) + 34


def _box_svg(box: _Box, left: float, pathway: Pathway) -> str:
    kind = "box" + " end" * (box.phase in pathway.end) + " begin" * (box.phase in beginnings(pathway))
    parts = [
        f'<rect class="{kind}" x="{left:g}" y="{box.top:g}" width="{BOX_PX}" height="{box.height:g}" rx="10"/>',
        _text(left + 16, box.top + 29, pathway.phases[box.phase].nb, "title"),
    ]
    parts += [_text(left + 16, box.top + 54 + n * LINE_PX, line) for n, line in enumerate(box.lines)]
    return "\n".join(parts)


def _ways_svg(ways: Sequence[_Way], boxes: dict[str, _Box], edge: float, zone: int, side: int) -> list[str]:
    """Draw one side's ways; *side* is 1 right of the boxes, -1 left of them."""
    for box in boxes.values():
        box.taken = 0
    parts: list[str] = []
    lane = edge + side * (zone + 4)
    for way in sorted(ways, key=lambda way: not way.sources):
        parts.append(_way_svg(way, boxes, edge, lane, side))
        lane += side * LANE_PX
    return parts


def _way_svg(way: _Way, boxes: dict[str, _Box], edge: float, lane: float, side: int) -> str:
    starts = [boxes[source].port() for source in way.sources]
    lines = _label_lines(way)
    said = [boxes[way.target].port() for _ in lines]
    end = said[-1] + 8
    start_x = lane if way.sources else edge + side * (_label_zone([way]) - 4)
    parts = [f'<path class="way" d="M{edge:g} {y:g}H{lane:g}V{end:g}"/>' for y in starts]
    parts += [f'<circle class="head" cx="{lane:g}" cy="{y:g}" r="3.5"/>' for y in _joints(starts, end)]
    parts.append(f'<path class="way" d="M{start_x:g} {end:g}H{edge + side * 9:g}"/>')
    parts.append(f'<path class="head" d="M{edge:g} {end:g}l{side * 11:g} -5v10z"/>')
    anchor = "start" if side > 0 else "end"
    parts += [_text(edge + side * 16, y + 3, line, "label", anchor) for y, line in zip(said, lines, strict=True)]
    return "\n".join(parts)


def _joints(starts: Sequence[float], end: float) -> list[float]:
    """Where lines meet in one lane: at every start but the outermost, which are corners."""
    heights = sorted({*starts, end})
    return [y for y in starts if y not in (heights[0], heights[-1])]


def _text(x: float, y: float, said: str, kind: str = "", anchor: str = "") -> str:
    kinds = f' class="{kind}"' if kind else ""
    anchors = f' text-anchor="{anchor}"' if anchor == "end" else ""
    return f'<text{kinds}{anchors} x="{x:g}" y="{y:g}">{escape(said)}</text>'


def _document(pathway: Pathway, width: float, height: float, body: Sequence[str]) -> str:
    described = f"{len(pathway.phases)} faser, {len(pathway.moves)} overganger, {len(pathway.steps)} oppgaver. "
    described += f"{LEGEND} Hver fase viser oppgavene som begynner i den."
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc" '
            f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}">',
            f'<title id="title">{escape(pathway.title.nb)}</title>',
            f'<desc id="desc">{escape(described)}</desc>',
            f"<style>{STYLE}\n</style>",
            f'<rect class="paper" width="{width:g}" height="{height:g}"/>',
            *body,
            "</svg>",
            "",
        ]
    )
