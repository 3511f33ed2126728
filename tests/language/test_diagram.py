"""A pathway's drawings show all of it, in its own words, legibly, and run nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pathway_engine.domain.definition import Pathway, Text
from pathway_engine.language.diagram import mermaid, svg
from pathway_engine.language.folder import load_folder, load_shipped, shipped_names
from pathway_engine.language.layout import rows
from pathway_engine.language.outline import steps_by_phase
from pathway_engine.language.words import move_nb

SVG = "{http://www.w3.org/2000/svg}"
RIGHT = Path(__file__).parent / "right"
SMALLEST_TEXT_PX = 14
WIDEST_CHARACTER = 0.62
"""Of the text size: what a character of DejaVu Sans, the widest font named, takes on average."""
MERMAID_LINE = re.compile(
    r"stateDiagram-v2|direction TB|state \"[^\"]+\" as \w+|(\[\*\]|\w+) --> (\[\*\]|\w+)( : [^:;#\"]+)?"
    r"|note right of \w+|end note|[A-Za-z][\w-]* [^:;#\"]+"
)


@dataclass(frozen=True)
class Area:
    """A rectangle on the paper, in pixels."""

    left: float
    top: float
    right: float
    bottom: float
    says: str = ""

    def overlaps(self, other: Area) -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def contains(self, other: Area) -> bool:
        across = self.left <= other.left and other.right <= self.right
        return across and self.top <= other.top and other.bottom <= self.bottom


def drawing_of(pathway: Pathway) -> ElementTree.Element:
    return ElementTree.fromstring(svg(pathway))


def boxes_in(drawing: ElementTree.Element) -> list[Area]:
    found = [each for each in drawing.iter(f"{SVG}rect") if "box" in each.attrib["class"].split()]
    return [Area(*_corners(*(float(each.attrib[key]) for key in ("x", "y", "width", "height")))) for each in found]


def _corners(x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
    return x, y, x + width, y + height


def texts_in(drawing: ElementTree.Element, kind: str | None = None) -> list[Area]:
    texts = drawing.iter(f"{SVG}text")
    return [_text_area(each) for each in texts if kind is None or kind in each.get("class", "").split()]


def _text_area(text: ElementTree.Element) -> Area:
    size = {"title": 18, "heading": 22}.get(text.get("class", ""), 15)
    width = len(text.text or "") * size * WIDEST_CHARACTER * 0.88
    x, y = float(text.attrib["x"]), float(text.attrib["y"])
    left = x - width if text.get("text-anchor") == "end" else x
    return Area(left, y - 0.75 * size, left + width, y + 0.2 * size, text.text or "")


def said_in(drawing: ElementTree.Element) -> str:
    """Return every text of the drawing in order, as one line."""
    return re.sub(r"\s+", " ", " ".join(text.says for text in texts_in(drawing)))


def overlapping(areas: Iterable[Area]) -> list[tuple[str, str]]:
    return [(one.says, other.says) for one, other in combinations(areas, 2) if one.overlaps(other)]


@pytest.fixture(params=[*shipped_names(), "right"])
def pathway(request: pytest.FixtureRequest) -> Pathway:
    return load_folder(RIGHT) if request.param == "right" else load_shipped(request.param)


def test_every_phase_step_and_move_is_in_the_drawing(pathway: Pathway) -> None:
    said = said_in(drawing_of(pathway))
    assert [name.nb for name in pathway.phases.values() if name.nb not in said] == []
    assert [step.id for step in pathway.steps.values() if f"{step.id} {step.title.nb}" not in said] == []
    assert [move_nb(move, pathway) for move in pathway.moves if move_nb(move, pathway) not in said] == []


def test_every_phase_step_and_move_is_in_the_mermaid_text(pathway: Pathway) -> None:
    text = mermaid(pathway)
    assert [phase for phase in pathway.phases if f'" as {phase}\n' not in text] == []
    assert [step.id for step in pathway.steps.values() if f"        {step.id} {step.title.nb}" not in text] == []
    arrows = re.findall(r"(\w+) --> (\w+) : (.+)", text)
    for move in pathway.moves:
        for source in pathway.open_phases if "any" in move.sources else move.sources:
            labels = [label for begins, ends, label in arrows if (begins, ends) == (source, move.target)]
            assert len(labels) == 1
            assert move_nb(move, pathway).replace(":", " –") in labels[0].split(" / ")


def test_mermaid_text_has_only_lines_that_state_diagrams_know(pathway: Pathway) -> None:
    lines = mermaid(pathway).splitlines()
    assert [line for line in lines if not MERMAID_LINE.fullmatch(line.strip())] == []


def test_a_step_stands_in_each_phase_in_which_it_can_begin() -> None:
    steps = {phase: [step.id for step in found] for phase, found in steps_by_phase(load_shipped("hph")).items()}
    assert steps["in_hospital"] == ["HPH6"]
    assert steps["discharge_ready"] == ["HPH0", "HPH0B", "HPH1", "ANSWER", "OFFER"]
    assert steps["short_term_stay"] == ["HPH4"]
    assert steps["ended"] == []


def test_the_way_through_the_stay_leads_down_the_page() -> None:
    order = rows(load_shipped("hph"))
    way = ["in_hospital", "discharge_ready", "short_term_stay", "at_home", "ended"]
    assert [phase for phase in order if phase in way] == way


def test_a_phase_that_no_move_joins_is_still_drawn() -> None:
    pathway = load_folder(RIGHT)
    lonely = replace(pathway, phases={**pathway.phases, "lonely": Text("Alene", "Alone")})
    assert rows(lonely)[-2:] == ("lonely", "over")
    assert "Alene" in said_in(drawing_of(lonely))


def test_labels_are_the_pathways_own_words() -> None:
    pathway = load_folder(RIGHT)
    renamed = replace(
        pathway, words={"discharged": Text("sendt hjem", "sent home"), "home": Text("huset", "the house")}
    )
    for said in (said_in(drawing_of(renamed)), mermaid(renamed)):
        assert "Sendt hjem (huset)" in said
        assert "ischarged" not in said


def test_boxes_and_texts_lie_on_the_paper_and_not_on_each_other(pathway: Pathway) -> None:
    drawing = drawing_of(pathway)
    boxes, texts = boxes_in(drawing), texts_in(drawing)
    paper = Area(0, 0, float(drawing.attrib["width"]), float(drawing.attrib["height"]))
    assert len(boxes) == len(pathway.phases)
    assert overlapping(boxes) == []
    assert overlapping(texts) == []
    assert [area for area in (*boxes, *texts) if not paper.contains(area)] == []
    cut = [text.says for text in texts for box in boxes if text.overlaps(box) and not box.contains(text)]
    assert cut == []


def test_labels_touch_neither_boxes_nor_the_lines_beside_them(pathway: Pathway) -> None:
    drawing = drawing_of(pathway)
    labels = texts_in(drawing, "label")
    assert len(labels) >= len({move.event for move in pathway.moves})
    assert [label.says for label in labels for box in boxes_in(drawing) if label.overlaps(box)] == []
    lanes = [float(x) for way in drawing.iter(f"{SVG}path") for x in re.findall(r"H([\d.]+)V", way.attrib["d"])]
    assert [label.says for label in labels if any(label.left < lane < label.right for lane in lanes)] == []


def test_text_is_large_enough_and_the_picture_is_shown_at_its_own_size(pathway: Pathway) -> None:
    text = svg(pathway)
    sizes = [float(size) for size in re.findall(r"font-size:\s*([\d.]+)px", text)]
    assert sizes
    assert min(sizes) >= SMALLEST_TEXT_PX
    drawing = ElementTree.fromstring(text)
    assert drawing.attrib["viewBox"] == f"0 0 {drawing.attrib['width']} {drawing.attrib['height']}"


def test_light_and_dark_colours_have_enough_contrast() -> None:
    style = drawing_of(load_folder(RIGHT)).findtext(f"{SVG}style") or ""
    light, dark = style.split("@media (prefers-color-scheme:dark)")
    for colours in (light, dark):
        for ink in ("text", r"\.label"):
            for ground in (r"\.paper", r"\.box", r"\.end"):
                assert contrast(_fill(colours, ink), _fill(colours, ground)) >= 4.5


def _fill(style: str, selector: str) -> str:
    found = re.search(selector + r"\{[^}]*?fill:(#[0-9a-f]{6})", style)
    assert found
    return found[1]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2 counts it, 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_screen_reader_hears_what_the_picture_is(pathway: Pathway) -> None:
    drawing = drawing_of(pathway)
    assert drawing.attrib["role"] == "img"
    named = {each.get("id"): each.text for each in drawing.iter() if each.get("id")}
    title, described = (named[identifier] for identifier in drawing.attrib["aria-labelledby"].split())
    assert title == pathway.title.nb
    assert f"{len(pathway.steps)} oppgaver" in (described or "")


def test_a_text_with_markup_in_it_stays_text_and_nothing_in_the_picture_runs() -> None:
    hostile = "<script>alert('1')</script> & \"sitat\" ]]>"
    pathway = load_folder(RIGHT)
    pathway = replace(
        pathway,
        title=Text(hostile, ""),
        phases={phase: Text(hostile, "") for phase in pathway.phases},
        words={"discharged": Text(hostile, "")},
    )
    drawing = drawing_of(pathway)
    assert {each.tag.removeprefix(SVG) for each in drawing.iter()} <= {
        "svg", "title", "desc", "style", "rect", "path", "circle", "text",
    }  # fmt: skip
    assert [key for each in drawing.iter() for key in each.attrib if key.startswith("on") or "href" in key] == []
    assert drawing.findtext(f"{SVG}title") == hostile
