"""CSV and JSON exports: every row by itself, each refusal with its line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.errors import RefusalError
from knowledge_base.exports import Item, Unpublished, read_csv, read_json
from knowledge_base.importing import read_path

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def lines_of(items: Sequence[Item | Unpublished | RefusalError]) -> list[int]:
    return [item.line for item in items]


def test_csv_rows_become_articles(tmp_path: Path) -> None:
    path = tmp_path / "articles.csv"
    path.write_text(
        "id,title,language,visibility,tags,body\n"
        'a,First,en,public,"x;y","# Head\n\nTwo ""quoted"" lines"\n'
        "b,Second,xx,public,,text\n"
        "\n"
        "c,Third,de,internal,,<p>Drei <i>Tage</i></p>\n"
        "d,Fourth,de,internal,,text,too many\n"
        "e,Fifth,de,,,\n"
    )
    result = read_path(path)
    assert [(a.id, a.language, a.body, a.tags) for a in result.articles] == [
        ("a", "en", '# Head\n\nTwo "quoted" lines', ("x", "y")),
        ("c", "de", "Drei Tage", ()),
    ]
    assert [(r.line, r.reason.split(":")[0]) for r in result.refused] == [
        (5, "language 'xx' is no two-letter code such as en, de or zh (ISO 639-1)"),
        (8, "7 cells, but 6 columns are named"),
        (9, "no text"),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    (item,) = read_csv(delimiter.join(("id", "Title", "body")) + "\n" + delimiter.join(("a", "T", "text")) + "\n")
    assert isinstance(item, Item)
    assert {name: field.value for name, field in item.fields.items()} == {"id": "a", "title": "T", "body": "text"}


def test_a_table_without_a_known_column_is_refused() -> None:
    with pytest.raises(RefusalError, match="the first row names no known column") as caught:
        list(read_csv("foo,bar\n1,2\n"))
    assert caught.value.line == 1


def test_an_open_quote_ends_the_table_where_it_stands() -> None:
    items = list(read_csv('id,title,body\na,A,text\nb,B,"open\n'))
    assert isinstance(items[0], Item)
    assert isinstance(items[1], RefusalError)
    assert items[1].message.startswith("the table breaks off here")
    assert items[1].line == 3


def test_two_columns_of_one_name_are_refused() -> None:
    (item,) = read_csv("id,body,body\na,b,c\n")
    assert isinstance(item, RefusalError)
    assert "same name" in item.message


def test_long_cells_are_read() -> None:
    (item,) = read_csv(f'id,body\na,"{"x " * 200_000}"\n')
    assert isinstance(item, Item)


@pytest.mark.parametrize("indent", [None, 2])
def test_json_lists_know_their_lines(indent: int | None) -> None:
    objects = [{"id": "a", "tags": ["{", "["], "body": "x"}, {"id": "b", "more": {"deep": [1, {}]}}, 5]
    items = list(read_json(json.dumps(objects, indent=indent)))
    assert [type(item) for item in items] == [Item, Item, RefusalError]
    assert lines_of(items)[:2] == ([1, 1] if indent is None else [2, 10])


def test_json_under_the_name_articles() -> None:
    items = list(read_json('{"articles": [\n{"id": "a"},\n{"id": "b"}\n]}'))
    assert lines_of(items) == [2, 3]
    shifted = list(read_json('{"page": [{}, {}],\n"articles": [\n{"id": "a"}]}'))
    assert lines_of(shifted) == [1]


def test_json_lines_go_on_after_a_broken_one() -> None:
    items = list(read_json('{"id": "a"}\n\n{"id": \n{"id": "b", "title": {}}\n{"id": 5, "draft": true}\n'))
    assert lines_of(items) == [1, 3, 4, 5]
    assert [type(item) for item in items] == [Item, RefusalError, RefusalError, Item]
    assert isinstance(items[3], Item)
    assert {name: field.value for name, field in items[3].fields.items()} == {"id": "5", "draft": "true"}


@pytest.mark.parametrize(
    ("text", "line"),
    [("", 1), ("[1,\n2", 2), ('{"id":\n"a"', 2), ("[" * 100_000, 1), ('["\\ud800"]', 1), ("nonsense", 1)],
)
def test_broken_json_is_refused(text: str, line: int) -> None:
    with pytest.raises(RefusalError, match="is not JSON") as caught:
        list(read_json(text))
    assert caught.value.line == line


def test_a_json_file_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl"
    rows = [
        {"id": 1, "title": "A", "locale": "en-us", "body": "<h2>Head</h2><ul><li>one<li>two</ul>", "draft": False},
        {"id": 2, "title": "B", "locale": "en-us", "body": "text", "draft": True},
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    result = read_path(path)
    assert [(a.id, a.body) for a in result.articles] == [("1", "## Head\n\n- one\n- two")]
    assert (result.refused, result.unpublished) == ((), (f"{path}:2",))


@given(st.text(max_size=300))
def test_any_text_gives_items_or_a_refusal(text: str) -> None:
    for read in (read_csv, read_json):
        try:
            items = list(read(text))
        except RefusalError:
            continue
        assert all(isinstance(item, Item | RefusalError) for item in items)


@given(
    st.lists(
        st.fixed_dictionaries(
            {"id": st.from_regex(r"[a-z]{1,8}", fullmatch=True), "body": st.text(min_size=1, max_size=40)}
        ),
        max_size=8,
    ),
    st.sampled_from([None, 1]),
)
def test_json_lists_keep_every_object(objects: list[dict[str, str]], indent: int | None) -> None:
    items = list(read_json(json.dumps(objects, indent=indent)))
    assert len(items) == len(objects)
    for item, value in zip(items, objects, strict=True):
        assert isinstance(item, Item)
        assert item.fields["id"].value == value["id"]
        assert indent is None or json.dumps(value["id"]) in "\n".join(
            json.dumps(objects, indent=indent).split("\n")[item.line - 1 : item.line + 3]
        )
