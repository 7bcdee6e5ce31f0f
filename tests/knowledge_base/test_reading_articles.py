"""Reading articles from files: what is taken, what stands in for a missing value, what is refused and where."""

from __future__ import annotations

import os
from datetime import date
from typing import TYPE_CHECKING

import pytest

from knowledge_base import importing
from knowledge_base.errors import RefusalError
from knowledge_base.importing import article_from, read_path
from knowledge_base.records import Article, ReadResult, Visibility
from tickets.errors import InvalidInputError, NotFoundError

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "---\nid: returns\ntitle: Return something\nlanguage: en\n---\nThirty days.\n"


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def only(result: ReadResult) -> Article:
    assert result.refused == ()
    (article,) = result.articles
    return article


def refusal(result: ReadResult) -> tuple[int, str]:
    assert result.articles == ()
    (refused,) = result.refused
    return refused.line, refused.reason


def test_every_value_of_the_front_matter_is_read(tmp_path: Path) -> None:
    text = (
        "---\nid: Fees-2\ntitle: 'Fees:  all of them'\nlanguage: pt-BR\nvisibility: Internal\ntags: [fee, money, fee]\n"
        "brand: Pine\nvalid_from: 2026-01-01\nvalid_until: 2026-12-31T00:00:00Z\nauthor: {name: Jo}\n---\n"
        "\nFive euros.\n"
    )
    article = only(read_path(write(tmp_path, "a.md", text)))
    assert article == Article(
        id="Fees-2",
        language="pt",
        title="Fees: all of them",
        body="Five euros.",
        visibility=Visibility.INTERNAL,
        tags=("fee", "money"),
        brand="Pine",
        valid_from=date(2026, 1, 1),
        valid_until=date(2026, 12, 31),
        origin=str(tmp_path / "a.md"),
    )


def test_values_stay_as_written(tmp_path: Path) -> None:
    article = only(read_path(write(tmp_path, "a.md", "---\nid: 007\ntitle: yes\nlanguage: no\ntags: a, b;c\n---\nx")))
    assert (article.id, article.title, article.language, article.tags) == ("007", "yes", "no", ("a", "b", "c"))


def test_what_is_missing_comes_from_heading_file_and_folder(tmp_path: Path) -> None:
    write(tmp_path, "kb/de/Rück gabe (neu).md", "Vorweg.\n\n# Die *Rückgabe*\n\nDreißig Tage.")
    article = only(read_path(tmp_path / "kb"))
    assert (article.id, article.title, article.language) == ("rück-gabe-neu", "Die Rückgabe", "de")
    assert article.visibility is Visibility.PUBLIC


def test_language_from_the_file_name(tmp_path: Path) -> None:
    write(tmp_path, "kb/en/shipping.fr.md", "# Livraison\n\nDeux jours.")
    article = only(read_path(tmp_path / "kb"))
    assert (article.id, article.language) == ("shipping", "fr")


def test_the_nearest_folder_counts_and_none_above_the_imported_one(tmp_path: Path) -> None:
    write(tmp_path, "de/kb/faq/a.md", "# A\n\ntext")
    assert refusal(read_path(tmp_path / "de" / "kb"))[1].startswith("no language: add `language: en`")
    assert only(read_path(tmp_path / "de")).language == "de"
    write(tmp_path, "de/kb/faq/pl/b.md", "# B\n\ntext")
    assert {article.language for article in read_path(tmp_path / "de").articles} == {"de", "pl"}


def test_a_guess_is_asked_only_where_nothing_else_says_the_language(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "# A\n\nhola")
    write(tmp_path, "b.md", GOOD)
    result = read_path(tmp_path, guess_language=lambda text: "es" if "hola" in text else "xx")
    assert [article.language for article in result.articles] == ["es", "en"]


def test_html_uses_its_head_and_the_front_matter_above_it(tmp_path: Path) -> None:
    page = (
        '<!doctype html><html lang="de-AT"><head><title>Versand &amp; Zoll</title>'
        '<meta name="visibility" content="internal"><style>p {color: red}</style></head>'
        "<body><h1>Versand</h1><p>Zwei <b>Tage</b>.</p><script>alert(1)</script></body></html>"
    )
    plain = only(read_path(write(tmp_path, "versand.html", page)))
    assert (plain.id, plain.language, plain.title) == ("versand", "de", "Versand & Zoll")
    assert plain.visibility is Visibility.INTERNAL
    assert plain.body == "# Versand\n\nZwei Tage."
    above = only(read_path(write(tmp_path, "b.htm", "---\nid: v2\nvisibility: public\n---\n" + page)))
    assert (above.id, above.visibility, above.language) == ("v2", Visibility.PUBLIC, "de")


def test_windows_line_ends_and_byte_order_mark(tmp_path: Path) -> None:
    article = only(read_path(write(tmp_path, "a.md", b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())))
    assert (article.id, article.body) == ("returns", "Thirty days.")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("---\nid: a\ntitle: [x\n---\ntext", 4, "the front matter is not YAML"),
        ("---\nid: a\n", 1, "the front matter opened in line 1 is not closed"),
        ("---\n- a\n- b\n---\ntext", 2, "the front matter must hold lines of the form"),
        ("---\nid: a\nid: b\n---\ntext", 3, "`id` stands twice"),
        ("---\nid: a\nvisiblity: internal\n---\n# T\ntext", 3, "unknown name `visiblity`: did you mean `visibility`?"),
        ("---\nid: a\nvisibility: secret\n---\n# T\ntext", 3, "visibility 'secret' must be `public` or `internal`"),
        ("---\nid: a\nlanguage: german\n---\n# T\ntext", 3, "language 'german' is no two-letter code"),
        ("---\nid: ../x\n---\n# T\ntext", 2, "id '../x' cannot be used"),
        ("---\nid: a\nvalid_until: tomorrow\n---\n# T\ntext", 3, "valid_until 'tomorrow' is no day"),
        ("---\nvalid_from: 2026-02-01\nvalid_until: 2026-01-01\n---\n# T\nx", 3, "valid_until 2026-01-01 lies before"),
        ("---\nid: a\ndraft: perhaps\n---\n# T\ntext", 3, "draft 'perhaps' must be `true` or `false`"),
        ("---\nid: a\nprivate: partly\n---\n# T\ntext", 3, "private 'partly' is unknown: say `visibility: internal`"),
        ("---\nid: a\naccess: vips\n---\n# T\ntext", 3, "access 'vips' is unknown: say `visibility: internal`"),
        ("---\nvisibility: public\nprivate: yes\n---\n# T\nx", 3, "`private: yes` contradicts `visibility: public`"),
        ("---\nid: a\ntitle: t\n---\n\n  \n", 5, "the article has no text: write some, or leave the article out"),
        ("---\nid: a\n---\n# Only a heading", 4, "the article has no text, but headings, pictures or rules: write"),
        ("---\ntitle: a\n---\n![](x.png)\n\n***\n\n|  |\n|--|\n", 4, "the article has no text, but headings"),
        ("---\nid: a\n---\njust text", 4, "no title"),
        ("---\ntitle: [a, b]\n---\ntext", 2, "`title` must be one value"),
        ("---\nlang: en\nlanguage: en\n---\n# T\ntext", 3, "`language` is given twice"),
        ("---\n" + "[" * 5_000 + "\n---\ntext", 1, "the front matter"),
        ("---\n" + "a: " + "b" * 140_000 + "\n---\ntext", 1, "the front matter has 140004 characters"),
    ],
)
def test_broken_front_matter_is_refused_with_its_line(tmp_path: Path, text: str, line: int, reason: str) -> None:
    write(tmp_path, "en/a.md", text)
    found = refusal(read_path(tmp_path / "en"))
    assert found[1].startswith(reason)
    assert found[0] == line


def test_yaml_aliases_do_not_multiply(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{c}: &{c} [*{p}, *{p}, *{p}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)
    )
    article = only(read_path(write(tmp_path, "en/a.md", f"---\nid: q\nlanguage: en\n{bomb}---\n# T\ntext")))
    assert article.id == "q"


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b"# A\n\ncaf\x82\n", 3, "is not UTF-8: byte 0x82 at offset 8"),
        (b"# A\n\n\n\x00", 4, "holds a NUL character"),
        (b"# A\n" + b"x\n" * 20_001, 1, "the text has 20003 lines"),
        (b"# A\n\n" + b"|a" * 501, 3, "a table row with more than 500 cells"),
        (b"a" * (2 * 1024 * 1024 + 1), 0, "has 2097153 bytes, 2097152 are allowed"),
    ],
)
def test_unreadable_bytes_are_refused(tmp_path: Path, data: bytes, line: int, reason: str) -> None:
    write(tmp_path, "en/a.md", data)
    found = refusal(read_path(tmp_path / "en"))
    assert found[1].startswith(reason)
    assert found[0] == line


def test_the_rest_is_read_where_one_file_is_broken(tmp_path: Path) -> None:
    write(tmp_path, "en/a.md", b"\xff broken")
    write(tmp_path, "en/b.md", GOOD)
    write(tmp_path, "en/c.md", GOOD)
    write(tmp_path, "en/.hidden.md", GOOD)
    write(tmp_path, ".git/d.md", GOOD)
    write(tmp_path, "en/picture.png", b"\x89PNG")
    result = read_path(tmp_path)
    assert [article.id for article in result.articles] == ["returns"]
    first, second = result.refused
    assert str(first).startswith(f"{tmp_path}/en/a.md:1: is not UTF-8")
    assert second.reason == f"'returns' in 'en' is already given by {tmp_path}/en/b.md: give one of them another id"


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    secret = write(tmp_path, "secret.md", GOOD)
    write(tmp_path, "private/b.md", GOOD)
    inside = write(tmp_path, "kb/en/real.md", GOOD.replace("returns", "real"))
    (tmp_path / "kb/en/inside.md").symlink_to(inside)
    (tmp_path / "kb/en/out.md").symlink_to(secret)
    (tmp_path / "kb/en/loop.md").symlink_to(tmp_path / "kb/en/loop.md")
    (tmp_path / "kb/en/folder").symlink_to(tmp_path / "private")
    (tmp_path / "kb/en/up").symlink_to(tmp_path / "kb")
    result = read_path(tmp_path / "kb")
    reasons = {refused.file.rsplit("/", 1)[1]: refused.reason for refused in result.refused}
    assert [article.id for article in result.articles] == ["real"]
    assert reasons["out.md"] == "a link that leads out of the imported folder is not followed"
    assert reasons["folder"] == reasons["up"] == "a linked folder is not followed: import its target by itself"
    assert reasons["loop.md"].startswith("cannot be read")
    assert "already given" in reasons["real.md"]


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.md")
    assert refusal(read_path(tmp_path))[1] == "is no regular file: copy what it holds into one"


def test_deep_folders_and_many_files_have_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "/".join(["en"] * 18) + "/a.md", GOOD)
    assert "deeper than 16" in refusal(read_path(tmp_path))[1]
    monkeypatch.setattr(importing, "MAX_FILES", 2)
    monkeypatch.setattr(importing, "MAX_ARTICLES", 1)
    for name in "abc":
        write(tmp_path / "many", f"{name}.md", GOOD.replace("returns", name))
    result = read_path(tmp_path / "many")
    assert [article.id for article in result.articles] == ["a"]
    assert [refused.reason for refused in result.refused] == [
        "more than 1 articles in one import",
        "more than 2 files: the rest was not read",
    ]


def test_what_is_no_article_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="does not exist"):
        read_path(tmp_path / "nothing")
    with pytest.raises(InvalidInputError, match=r"notes\.odt is no article file") as caught:
        read_path(write(tmp_path, "notes.odt", b"x"))
    assert caught.value.hint is not None
    assert ".md" in caught.value.hint


def test_an_article_from_named_values() -> None:
    article = article_from(
        {
            "id": 12,
            "title": "T",
            "language": "en-us",
            "body": "<p>Two&nbsp;days</p>",
            "tags": ["a"],
            "draft": False,
            "x": {},
        }
    )
    assert (article.id, article.language, article.body, article.tags) == ("12", "en", "Two days", ("a",))
    with pytest.raises(RefusalError, match="no text") as caught:
        article_from({"id": "a", "title": "T", "language": "en"})
    assert caught.value.status == 422


def test_the_digest_tells_what_is_said_and_not_where_it_stood() -> None:
    article = Article("a", "en", "T", "text", origin="x.md")
    assert article.digest == Article("a", "en", "T", "text", origin="y.md").digest
    assert (
        len({article.digest, Article("a", "en", "T", "text", brand="b").digest, Article("a", "en", "Tt", "ext").digest})
        == 3
    )
