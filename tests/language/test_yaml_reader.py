"""YAML is read as text with its place, and what a reader of the file cannot see is refused."""

from __future__ import annotations

import pytest

from pathway_engine.language.findings import DefinitionErrors
from pathway_engine.language.yaml_reader import (
    DEEPEST_NESTING,
    LARGEST_FILE_BYTES,
    MOST_FINDINGS,
    Scalar,
    Table,
    read_yaml,
)


def table(text: str | bytes) -> Table:
    node = read_yaml(text, "a.yaml")
    assert isinstance(node, Table)
    return node


def codes(text: str | bytes) -> list[str]:
    with pytest.raises(DefinitionErrors) as refused:
        read_yaml(text, "a.yaml")
    return [finding.code for finding in refused.value.findings]


@pytest.mark.parametrize(
    "written", ["on", "NO", "yes", "01010112345", "12:30", "1e3", "~", "null", "0x1F", "2026-01-01"]
)
def test_a_scalar_stays_the_text_that_was_written(written: str) -> None:
    value = table(f"key: {written}\n").get("key")
    assert isinstance(value, Scalar)
    assert (value.text, value.plain) == (written, True)


def test_the_key_on_stays_a_word() -> None:
    assert table("on: discharged\n").get("on") is not None


def test_quotes_are_remembered() -> None:
    value = table('version: "1.0.0"\n').get("version")
    assert isinstance(value, Scalar)
    assert (value.text, value.plain) == ("1.0.0", False)


def test_lines_and_columns_count_characters_from_one() -> None:
    key = table("a: 1\nøæå: {æ: x, blåbær: y}\n").get("øæå")
    assert isinstance(key, Table)
    found = key.key("blåbær")
    assert found is not None
    assert (found.line, found.column) == (2, 13)


@pytest.mark.parametrize(("text", "expected"), [
    pytest.param("a: 1\na: 2\n", ["duplicate-key"], id="key-twice"),
    pytest.param("a: {b: 1, b: 1}\n", ["duplicate-key"], id="key-twice-with-the-same-value"),
    pytest.param("a: &x 1\nb: *x\n", ["anchor", "alias"], id="anchor-and-alias"),
    pytest.param("a: &x [1]\n", ["anchor"], id="anchor-alone"),
    pytest.param("a: {<<: {b: 1}}\n", ["merge-key"], id="merge-key"),
    pytest.param("a: !!python/object/apply:os.system [ls]\n", ["tag"], id="python-tag"),
    pytest.param("a: !own b\n", ["tag"], id="own-tag"),
    pytest.param("a: 1\n---\nb: 2\n", ["second-document"], id="two-documents"),
    pytest.param("%YAML 1.1\n---\na: 1\n", ["directive"], id="directive"),
    pytest.param("? [a]\n: 1\n", ["key"], id="list-as-key"),
    pytest.param("a:\n\t- b\n", ["tab"], id="tab"),
    pytest.param("a: [1\n", ["syntax"], id="open-bracket"),
    pytest.param("a: \x07\n", ["syntax"], id="control-character"),
    pytest.param("a: \ud800\n", ["not-utf8"], id="half-a-character"),
    pytest.param(b"a: \xe5\n", ["not-utf8"], id="latin-1"),
    pytest.param("", ["empty"], id="empty"),
])  # fmt: skip
def test_what_hides_something_is_refused(text: str | bytes, expected: list[str]) -> None:
    assert codes(text) == expected


def test_a_quoted_merge_sign_is_a_name_like_others() -> None:
    assert table('"<<": 1\n').get("<<") is not None


def test_everything_wrong_is_told_at_once_in_file_order() -> None:
    with pytest.raises(DefinitionErrors) as refused:
        read_yaml("a: &x 1\na: 2\nb: *x\n", "a.yaml")
    assert [(each.line, each.code) for each in refused.value.findings] == [
        (1, "anchor"), (2, "duplicate-key"), (3, "alias"),
    ]  # fmt: skip


@pytest.mark.parametrize(("deep", "right"), [(DEEPEST_NESTING, True), (DEEPEST_NESTING + 1, False)])
def test_nesting_has_a_bottom(deep: int, right: bool) -> None:
    text = "[" * deep + "]" * deep
    if right:
        read_yaml(text, "a.yaml")
    else:
        assert codes(text) == ["too-deep"]


@pytest.mark.parametrize(("extra", "right"), [(0, True), (1, False)])
def test_a_file_has_a_largest_size(extra: int, right: bool) -> None:
    text = b"a: " + b"x" * (LARGEST_FILE_BYTES - 3 + extra)
    if right:
        read_yaml(text, "a.yaml")
    else:
        assert codes(text) == ["too-large"]


@pytest.mark.parametrize(("mistakes", "more"), [(MOST_FINDINGS - 1, []), (3 * MOST_FINDINGS, ["too-many"])])
def test_a_file_full_of_mistakes_is_not_read_to_its_end(mistakes: int, more: list[str]) -> None:
    assert codes("- !a x\n" * mistakes) == ["tag"] * min(mistakes, MOST_FINDINGS) + more


def test_a_deep_file_is_refused_before_it_is_built() -> None:
    assert codes("[" * 100_000) == ["too-deep"]


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    assert table(b"\xef\xbb\xbfa: 1\n").get("a") is not None
