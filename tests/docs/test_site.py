"""`make site`: whoever reads the pages is led to each, no link is dead, and nothing is fetched from elsewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

REPOSITORY = Path(__file__).parents[2]
FETCHED = {"script": "src", "img": "src", "link": "href", "source": "src", "iframe": "src"}
READERS = ["nurse", "ward", "designer", "planner", "operator", "developer"]


def build(tree: Path, outcome: Path) -> subprocess.CompletedProcess[str]:
    """Build the pages of *tree* into *outcome*, as `make site` does."""
    recipe = re.search(r"-m sphinx (.+) -d \S+ \. build/site$", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    assert recipe, "no `make site`"
    command = [sys.executable, "-m", "sphinx", *recipe[1].split(), "-d", f"{outcome}-parts", ".", str(outcome)]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)


def small_tree(folder: Path, pages: dict[str, str]) -> Path:
    """A repository with this one's way of building and other *pages*."""
    shutil.copytree(REPOSITORY / "docs" / "site", folder / "docs" / "site")
    (folder / "samples").mkdir()
    (folder / "samples" / "one.hl7").write_text("MSH")
    for name, text in pages.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_a_dead_link_and_an_orphan_fail(tmp_path: Path) -> None:
    start = "# Start\n\n## Nurse\n\n[day](day.md) [gone](gone.md) [part](day.md#gone-part) [folder](../gone-samples)\n"
    pages = {"docs/README.md": start, "docs/day.md": "# Day\n", "docs/alone.md": "# Alone\n"}
    built = build(small_tree(tmp_path / "tree", pages), tmp_path / "site")
    assert built.returncode != 0
    dead = [word for word in ("gone.md", "gone-part", "gone-samples") if word not in built.stderr]
    assert (dead, re.findall(r"(\w+)\.md: WARNING: document isn't included", built.stderr)) == ([], ["alone"])


def test_a_sound_tree_builds_with_its_folders_and_its_order(tmp_path: Path) -> None:
    start = (
        "# Start\n\n## Planner\n\n[Z](z.md)\n\n## Nurse\n\n[A](a.md), [list](list/README.md), [samples](../samples)\n"
    )
    further = {"docs/list/README.md": "# List\n\n[B](b.md)\n", "docs/list/b.md": "# Beta\n"}
    pages = {"docs/README.md": start, "docs/a.md": "# Alpha\n", "docs/z.md": "# Zeta\n", **further}
    site = tmp_path / "site"
    built = build(small_tree(tmp_path / "tree", pages), site)
    assert (built.returncode, built.stderr) == (0, "")
    assert navigation(site / "docs" / "README.html") == ["Planner", "Zeta", "Nurse", "Alpha", "List", "Beta"]
    assert (site / "files" / "samples" / "one.hl7").read_text() == "MSH"
    assert 'href="../files/samples/index.html"' in (site / "docs" / "README.html").read_text()
    assert dead_links(site) == []


def navigation(page: Path) -> list[str]:
    """The words of the menu beside *page*, in its order."""
    (menu,) = re.findall(r'<div class="sidebar-tree">(.*?)\n</div>', page.read_text(), re.DOTALL)
    found = re.findall(r'caption-text">([^<]+)<|reference internal" href="[^"]+">([^<]+)<', menu)
    return [heading or entry for heading, entry in found]


class Page(HTMLParser):
    """What a page names, fetches and links to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element's name and where it leads."""
        found = {name: value or "" for name, value in attrs}
        self.anchors.add(found.get("id", ""))
        self.fetched += [found[FETCHED[tag]]] if FETCHED.get(tag, "") in found else []
        self.links += [found["href"]] if tag == "a" and "href" in found else []


def dead_links(site: Path) -> list[str]:
    """Each link or fetched file of *site* that leads to no file, or no place in it, or to another's host."""
    pages = {path: Page(path) for path in site.rglob("*.html")}
    return [f"{path.relative_to(site)}: {link}" for path in pages for link in _dead(path, pages)]


def _dead(path: Path, pages: dict[Path, Page]) -> Iterator[str]:
    page = pages[path]
    yield from (fetched for fetched in page.fetched if "//" in fetched)
    for link in [*page.links, *page.fetched]:
        parts = urlsplit(link)
        if not parts.scheme:
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            place = unquote(parts.fragment)
            if not target.exists() or (place and target in pages and place not in pages[target].anchors):
                yield link


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of this repository."""
    folder = tmp_path_factory.mktemp("whole") / "site"
    built = build(REPOSITORY, folder)
    assert (built.returncode, built.stderr) == (0, "")
    return folder


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_documentation_builds_and_every_link_of_it_leads_somewhere(site: Path) -> None:
    assert dead_links(site) == []
    assert "docs/README.html" in (site / "index.html").read_text()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_page_of_the_documentation_can_be_searched_without_a_server(site: Path) -> None:
    written = {path.relative_to(REPOSITORY).with_suffix("").as_posix() for path in (REPOSITORY / "docs").rglob("*.md")}
    index = (site / "searchindex.js").read_text()
    (names,) = re.findall(r'"?docnames"?:\s*(\[.*?\])', index)
    assert index.startswith("Search.setIndex(")  # a script, which a browser takes from a folder too
    assert written - set(re.findall(r'"([^"]+)"', names)) == set()


def test_the_navigation_goes_by_reader() -> None:
    headings = re.findall(r"^## (.+)$", (REPOSITORY / "docs" / "README.md").read_text(), re.MULTILINE)
    words = " ".join(headings).lower()
    places = [words.find(reader) for reader in READERS]
    assert -1 not in places and places == sorted(places), headings
