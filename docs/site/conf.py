"""How `make site` turns the documentation into pages: Sphinx reads the same Markdown that people read in the tree.

The root is the repository, so that links between docs, pathways and samples are the same links in both.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "Pathway Engine"
author = "Pathway Engine"
language = "en"
html_title = "Pathway Engine"

extensions = ["myst_parser", "by_reader"]
root_doc = "docs/README"
include_patterns = ["README.md", "docs/**.md", "pathways/*/README.md"]
exclude_patterns = [".*", "build", "dist", "node_modules", "pathway_engine", "scripts", "tests", "var"]

# Anchors as the source's own readers make them: down to ####, lower case, words joined by hyphens.
myst_heading_anchors = 4
nitpicky = True

html_theme = "furo"
templates_path = ["templates"]
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_show_copyright = False
html_last_updated_fmt = None
pygments_style = "friendly"
pygments_dark_style = "github-dark"
