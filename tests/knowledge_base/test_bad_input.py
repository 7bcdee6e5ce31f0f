"""A folder of everything that goes wrong: each file refused with its reason and what to do, all the rest imported."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api.web.help import render
from knowledge_base.importing import read_path
from knowledge_base.records import ReadResult
from knowledge_base.search import KnowledgeBase
from tests.knowledge_base.hashing import HashingEncoder
from tests.knowledge_base.making import BODY, encrypted_pdf, pdf, policy, repacked, word

if TYPE_CHECKING:
    from knowledge_base.store import ArticleStore

MIB = 1024 * 1024
EVIL = (
    "<html lang='en'><head><title>Fees</title><script>steal()</script></head><body onload='steal()'>"
    "<h1>Fees</h1><script src='https://evil.example/x.js'></script><p onclick='steal()'>Seven <b>euro</b>.</p>"
    "<a href='javascript:steal()'>More</a><iframe src='https://evil.example'></iframe><style>*{display:none}</style>"
    "<svg onload='steal()'><script>steal()</script></svg><img src=x onerror='steal()'></body></html>"
)
MARKDOWN = "[More](javascript:steal()) <script>steal()</script> <img src=x onerror=steal()> [Data](data:text/html,x)"
# What a file is refused for, and what its owner is told to do.
EXPECTED = {
    "bomb.docx": ("unpacks to ", "is it a bomb?"),
    "pages.pdf": ("has 500 pages, 200 are allowed", "cut it into several files"),
    "secret.pdf": ("is encrypted", "save a copy without a password"),
    "secret.docx": ("is encrypted", "save it as .docx without a password"),
    "torn.pdf": ("is no readable PDF", "open the file and save it anew"),
    "torn.docx": ("is no readable Word document", "open the file and save it anew"),
    "huge.md": ("has 209715200 bytes, 2097152 are allowed", "cut it into several files"),
    "huge.csv": ("has 209715200 bytes, 67108864 are allowed", "cut it into several files"),
    "huge.pdf": ("has 209715200 bytes, 33554432 are allowed", "cut it into several files"),
    "latin.md": ("is not UTF-8", "save it as UTF-8"),
    "noise.md": ("is ", "save it as UTF-8"),
    "twin-b.md": ("'twin' in 'en' is already given by ", "give one of them another id"),
    "empty.md": ("the article has no text", "write some, or leave the article out"),
    "only-scripts.html": ("the article has no text", "write some, or leave the article out"),
    "rows.csv": ("no text", "give `body`"),
    "torn.json": ("is not JSON", "export it anew, whole"),
}
GOOD = {"evil", "markdown", "good", "twin", "row-a", "policy"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bad") / "en"
    made.mkdir()
    texts = {
        "evil.html": EVIL,
        "markdown.md": f"# Markdown\n\n{MARKDOWN}\n",
        "good.md": "# Good\n\nA parcel takes two days.\n",
        "twin-a.md": "---\nid: twin\n---\n# Twin\n\nThe first of two.\n",
        "twin-b.md": "---\nid: twin\n---\n# Twin\n\nThe second of two.\n",
        "empty.md": "---\ntitle: Empty\n---\n\n   \n",
        "only-scripts.html": "<html><head><title>Only</title></head><body><script>steal()</script></body></html>",
        "rows.csv": "id,title,body\nrow-a,A,Some text.\nrow-b,B,\n",
        "torn.json": json.dumps([{"id": "torn", "title": "T", "body": "x"}])[:-3],
    }
    data = {
        **{name: text.encode() for name, text in texts.items()},
        "pages.pdf": pdf([[(BODY, f"Page {number}")] for number in range(500)]),
        "secret.pdf": encrypted_pdf("secret"),
        "secret.docx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000),
        "torn.pdf": pdf([[(BODY, "Torn")]])[:200],
        "torn.docx": word(policy())[:4_000],
        "policy.docx": word(policy()),
        "latin.md": "# Gebühren\n\nFünf Euro, žluťoučký kůň, мало.".encode("cp1252", "ignore") + b"\x81\x8d",
        "noise.md": b"# Noise\n\n\x00\x01" + os.urandom(2_000),
    }
    for name, content in data.items():
        (made / name).write_bytes(content)
    repacked(word(policy()), {"word/media/a.bin": bytes(95 * MIB)}, made / "bomb.docx")
    for name in ("huge.md", "huge.csv", "huge.pdf"):
        with (made / name).open("wb") as file:
            file.truncate(200 * MIB)
    return made.parent


@pytest.fixture(scope="module")
def result(folder: Path) -> ReadResult:
    return read_path(folder)


def test_just_the_bad_ones_are_refused(result: ReadResult) -> None:
    assert sorted(Path(refused.file).name for refused in result.refused) == sorted(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_refusal_says_what_is_wrong_and_what_to_do(result: ReadResult, name: str) -> None:
    (refused,) = [one for one in result.refused if Path(one.file).name == name]
    reason, remedy = EXPECTED[name]
    assert reason in refused.reason
    assert remedy in refused.reason


def test_the_rest_is_imported_and_found(result: ReadResult, store: ArticleStore) -> None:
    assert {article.id for article in result.articles} == GOOD
    report = store.apply(result.articles, source="bad", refused=result.refused, remove_missing=True)
    assert (len(report.added), len(report.refused)) == (len(GOOD), len(EXPECTED))
    base = KnowledgeBase(store, HashingEncoder(), encoder_digest="hashing", cache_dir=None)
    assert base.search("how many days does a parcel take", language="en")[0].article == "good"


@pytest.mark.parametrize("name", ["evil", "markdown"])
def test_nothing_that_could_run_reaches_a_page(result: ReadResult, name: str) -> None:
    (article,) = [one for one in result.articles if one.id == name]
    shown = render(article.body)
    # Outside of text that is shown as it was written there is no tag, attribute or address that could run.
    assert re.findall(r"<(script|style|iframe|svg|img|object|embed|form|input)", shown) == []
    assert re.findall(r"<[^>]+\son\w+\s*=", shown) == []
    assert re.findall(r"(?:href|src)\s*=\s*[\"']?\s*(?:javascript|data|vbscript):", shown, re.IGNORECASE) == []
    if name == "evil":
        assert "steal" not in article.body
        assert "Seven euro." in " ".join(article.body.replace("*", "").split())
