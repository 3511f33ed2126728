"""What Sphinx does not know of this house: navigation by reader, and links to folders.

`docs/README.md` is the one list of what there is for whom. Its headings become the groups of the navigation and its
links their entries, in its order, so a page that nobody is led to is an orphan, which Sphinx refuses. A `README.md`
further in does the same for the pages of its own folder. A link to a folder leads to a page that lists its files.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util.osutil import relative_uri

FOLDERS = "files"
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)[^)]*\)")
SECTION = re.compile(r"^## (.+)$", re.MULTILINE)


def add_navigation(app: Sphinx, docname: str, source: list[str]) -> None:
    """End a README with the hidden lists of contents that follow from its own links."""
    if docname == app.config.root_doc:
        source[0] += "".join(_contents(pages, reader) for reader, pages in by_reader(app, docname, source[0]))
    elif docname.endswith("/README"):
        beneath = [page for page in linked_pages(app, docname, source[0]) if _is_beneath(page, docname)]
        source[0] += _contents(beneath) if beneath else ""


def by_reader(app: Sphinx, docname: str, text: str) -> Iterator[tuple[str, list[str]]]:
    """Each reader that *text* has a heading for, with the pages that he or she is led to."""
    opening, *sections = SECTION.split(text)
    yield "Pathway Engine", linked_pages(app, docname, opening)
    for reader, section in zip(sections[::2], sections[1::2], strict=True):
        yield reader, linked_pages(app, docname, section)


def linked_pages(app: Sphinx, docname: str, text: str) -> list[str]:
    """The pages of the site that *text* links to, each once, in the order of the text."""
    targets = (_path(docname, target) for target in LINK.findall(text))
    pages = (target.removesuffix(".md") for target in targets if target.endswith(".md"))
    return [page for page in dict.fromkeys(pages) if page in app.project.docnames and page != docname]


def _path(docname: str, target: str) -> str:
    return os.path.normpath(PurePosixPath(docname).parent / target)


def _is_beneath(page: str, docname: str) -> bool:
    return PurePosixPath(page).parent == PurePosixPath(docname).parent


def _contents(pages: list[str], caption: str = "") -> str:
    named = [f":caption: {caption}"] if caption else []
    lines = ["```{toctree}", ":hidden:", *named, "", *(f"/{page}" for page in pages), "```"]
    return "\n\n" + "\n".join(lines) + "\n"


def lead_to_folders(app: Sphinx, page: nodes.document) -> None:
    """A link to a folder of the repository becomes one to the page that lists its files."""
    docname = app.env.docname
    for link in list(page.findall(pending_xref)):
        folder = _path(docname, link["reftarget"])
        if link["refdomain"] is None and (Path(app.srcdir) / folder).is_dir():
            _linked(app).add(folder)
            here, there = (app.builder.get_target_uri(name) for name in (docname, f"{FOLDERS}/{folder}/index"))
            link.replace_self(nodes.reference("", "", *link.children, refuri=relative_uri(here, there), internal=True))


def _linked(app: Sphinx) -> set[str]:
    found: set[str] = app.env.__dict__.setdefault("linked_folders", set())
    return found


def list_folders(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The page of every folder that a page links to; its files are laid beside it."""
    for folder in sorted(_linked(app)):
        page = f"{FOLDERS}/{folder}/index"
        names = sorted(_lay_out(Path(app.srcdir) / folder, Path(app.outdir) / FOLDERS / folder))
        rows = "".join(f'<li><a href="{name}" download>{name}</a></li>' for name in names)
        body = f"<h1>{folder}</h1><p>Files as they lie in the repository.</p><ul>{rows}</ul>"
        yield page, {"title": folder, "body": body}, "page.html"


def _lay_out(folder: Path, beside: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        if path.is_file() and "__pycache__" not in name.parts:
            (beside / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, beside / name)
            yield name.as_posix()


def open_at_the_root(app: Sphinx, failure: Exception | None) -> None:
    """Whoever opens the folder of the site comes to the list of readers."""
    if failure is None and app.builder.format == "html":
        start = app.builder.get_target_uri(app.config.root_doc)
        page = f'<!doctype html>\n<title>Pathway Engine</title>\n<meta http-equiv="refresh" content="0; url={start}">\n'
        (Path(app.outdir) / "index.html").write_text(page + f'<a href="{start}">Documentation</a>\n', "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx when to ask the functions above."""
    app.connect("source-read", add_navigation)
    app.connect("doctree-read", lead_to_folders)
    app.connect("html-collect-pages", list_folders)
    app.connect("build-finished", open_at_the_root)
    return {"parallel_read_safe": True}
