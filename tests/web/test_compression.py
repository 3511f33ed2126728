"""Answers are made smaller where no other site can watch, and files whose address names their content are kept."""

from __future__ import annotations

import pytest

from pathway_engine.web.pages import libraries
from tests.web.visitor import Visitor


@pytest.mark.parametrize(
    ("site", "is_smaller"),
    [("same-origin", True), ("none", True), ("cross-site", False), ("same-site", False), ("", False)],
)
def test_a_page_is_smaller_only_when_no_other_site_led_to_it(kari: Visitor, site: str, is_smaller: bool) -> None:
    headers = {"accept-encoding": "gzip", **({"sec-fetch-site": site} if site else {})}
    answer = kari.client.get("/?view=unit", headers=headers)
    assert (answer.headers.get("content-encoding") == "gzip") is is_smaller
    assert "Min dag" in answer.text and answer.headers["cache-control"] == "no-store"


def test_style_sheets_are_smaller_whoever_asks(stranger: Visitor) -> None:
    address = next(each for each in libraries().styles if "app.css" in each)
    answer = stranger.client.get(address, headers={"accept-encoding": "gzip", "sec-fetch-site": "cross-site"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("query", ["", "?v=000000000000", "?w=1"])
def test_a_file_under_another_address_is_kept_for_a_day_only(stranger: Visitor, query: str) -> None:
    answer = stranger.client.get("/static/app.css" + query)
    assert answer.headers["cache-control"] == "public, max-age=86400"


def test_nothing_that_is_missing_is_kept_for_ever(stranger: Visitor) -> None:
    address = next(each for each in libraries().styles if "app.css" in each)
    answer = stranger.client.get(address.replace("app.css", "none.css"))
    assert answer.status_code == 404 and "immutable" not in answer.headers["cache-control"]
