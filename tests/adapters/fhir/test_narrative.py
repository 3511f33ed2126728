"""A narrative is shown in browsers: nothing in it acts, fetches or is understood otherwise there."""

from __future__ import annotations

import pytest

from adapters.fhir.narrative import fault
from tests.adapters.fhir.specimens import XHTML

ALLOWED = [
    "<p>Ring hjem før kl. 15 &amp; &lt;etter&gt; &#230;</p>",
    '<table class="grid"><tbody><tr><td colspan="2" style="color: red">1</td></tr></tbody></table>',
    '<a href="https://a.example/?x=1">a</a><a name="b" href="#b">b</a><a href="mailto:a@a.example">c</a>'
    '<a href="Patient/1">d</a>',
    '<img src="data:image/png;base64,aGVp" alt="a"/>', '<img src="#picture" alt="a"/>', "<!-- said by a program -->a",
    '<p xml:lang="nb" lang="nb">Hei</p>', "<br/><hr/>a",
]  # fmt: skip
REFUSED = [
    "<script>1</script>", "<SCRIPT>1</SCRIPT>", '<p onclick="x()">1</p>', '<p ONCLICK="x()">1</p>', "<form>1</form>",
    "<iframe src='https://a.example'>1</iframe>", "<object>1</object>", "<embed/>", "<style>p{}</style>",
    "<svg>1</svg>",
    "<input/>", "<base href='/'/>", "<link rel='stylesheet' href='x'/>", "<meta/>", "<head>1</head>", "<math>1</math>",
    '<a href="javascript:x()">1</a>', '<a href=" JaVaScript:x()">1</a>', '<a href="java&#10;script:x()">1</a>',
    '<a href="data:text/html,x">1</a>', '<a href="vbscript:x">1</a>', '<a href="&#1;javascript:x()">1</a>',
    '<img src="javascript:x()"/>', '<img src="data:image/svg+xml,x"/>', '<p src="https://a.example">1</p>',
    '<p style="background: url(https://a.example)">1</p>', '<p style="width: expression(x())">1</p>',
    '<p style="background: u\\72l(https://a.example)">1</p>', "<![CDATA[<script>1</script>]]>", "<?php 1 ?>",
    "<!--> <script>1</script> -->", "<!-- <script>1</script> -->", "&nbsp;", "<p>1", "<b><i>1</b></i>", "&#0;", " \n ",
    '<x:script xmlns:x="http://www.w3.org/1999/xhtml">1</x:script>', '<p xmlns="http://www.w3.org/2000/svg">1</p>',
    '<p xmlns:x="http://www.w3.org/1999/xlink" x:href="javascript:1">1</p>', "<del>1</del>", "<font>1</font>",
]  # fmt: skip


@pytest.mark.parametrize("inside", ALLOWED)
def test_plain_text_is_taken(inside: str) -> None:
    assert fault(XHTML % inside) is None


@pytest.mark.parametrize("inside", REFUSED)
def test_what_acts_or_is_no_xhtml_is_refused(inside: str) -> None:
    assert fault(XHTML % inside) is not None


@pytest.mark.parametrize(
    "whole",
    [
        '<!DOCTYPE div [<!ENTITY a "b">]>' + XHTML % "&a;", '<?xml version="1.0"?>' + XHTML % "1", "<div>1</div>", "1",
        '<p xmlns="http://www.w3.org/1999/xhtml">1</p>', XHTML % "1" + XHTML % "2",
        XHTML % ("<b>" * 5000 + "1" + "</b>" * 5000),
    ],
)  # fmt: skip
def test_it_is_one_div_without_a_document_around_it(whole: str) -> None:
    assert fault(whole) is not None


def test_an_entity_is_never_resolved() -> None:
    """Mutant: the document type left to the parser, which would expand it a million times."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    wrong = fault(f'<!DOCTYPE div [<!ENTITY l0 "ha">{laughs}]>' + XHTML % "&l8;")
    assert wrong is not None and "document type" in wrong
