"""How many passages a second an import takes in: read, stored for good, and found by their words.

Vectors follow in the background and are not counted: the encoder waits until the measurement is over. Word and PDF
files are read by a process of their own, whose processor time is not in `processor_a_second`.
"""

from __future__ import annotations

import argparse
import html
import json
import tempfile
import threading
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from docx import Document

from benchmarks.measuring import rated
from benchmarks.pdf_files import fits, pdf_file
from benchmarks.report import Target
from benchmarks.sample import articles
from knowledge_base.importing import read_path
from knowledge_base.search import KnowledgeBase
from knowledge_base.store import ArticleStore
from tickets.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from knowledge_base.records import Article

WANTED_A_SECOND = 300.0
DIMENSION = 8


class WaitingEncoder:
    """Encodes nothing until it is let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()

    @property
    def dimension(self) -> int:
        """Give the length of a vector."""
        return DIMENSION

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Give the same direction for every text, later."""
        self.let_go.wait(timeout=60)
        return np.full((len(texts), DIMENSION), DIMENSION**-0.5, dtype=np.float32)


@dataclass(slots=True)
class Imported:
    """What one import led to."""

    passages: int = 0
    read: int = 0
    found: str | None = None


def as_markdown(folder: Path, given: Sequence[Article]) -> None:
    for article in given:
        head = f"---\nid: {article.id}\nlanguage: {article.language}\ntitle: '{article.title}'\n---\n"
        (folder / f"{article.id}.md").write_text(head + article.body, encoding="utf-8")


def _markup(article: Article) -> str:
    blocks = article.body.split("\n\n")
    return "".join(f"<h2>{one[3:]}</h2>" if one.startswith("## ") else f"<p>{html.escape(one)}</p>" for one in blocks)


def as_html(folder: Path, given: Sequence[Article]) -> None:
    for article in given:
        around = "<nav><ul><li>Shop</li><li>Help</li></ul></nav><main>{}</main><footer>Imprint</footer>"
        page = around.format(_markup(article))
        head = f'<html lang="{article.language}"><head><title>{article.title}</title></head><body>'
        (folder / f"{article.id}.html").write_text(head + page + "</body></html>", encoding="utf-8")


def as_zendesk(folder: Path, given: Sequence[Article]) -> None:
    exported = [
        {
            "id": article.id,
            "section_id": 1,
            "locale": article.language,
            "source_locale": article.language,
            "draft": False,
            "user_segment_id": None,
            "title": article.title,
            "body": _markup(article),
        }
        for article in given
    ]
    content = {"articles": exported, "sections": [{"id": 1, "name": "Help"}]}
    (folder / "articles.json").write_text(json.dumps(content), encoding="utf-8")


def as_word(folder: Path, given: Sequence[Article]) -> None:
    for article in given:
        document = Document()
        document.add_heading(article.title, level=0)
        for block in article.body.split("\n\n"):
            if block.startswith("## "):
                document.add_heading(block[3:], level=2)
            else:
                document.add_paragraph(block)
        document.save(str(folder / f"{article.id}.{article.language}.docx"))


def as_pdf(folder: Path, given: Sequence[Article]) -> None:
    for article in given:
        blocks = [f"# {article.title}", *article.body.split("\n\n")]
        (folder / f"{article.id}.{article.language}.pdf").write_bytes(pdf_file(blocks))


FORMATS: dict[str, Callable[[Path, Sequence[Article]], None]] = {
    "markdown": as_markdown,
    "html": as_html,
    "zendesk_json": as_zendesk,
    "word": as_word,
    "pdf": as_pdf,
}


def measure(name: str, count: int) -> dict[str, object]:
    """Import made-up articles of one format into an empty database."""
    made = articles(4 * count)
    # The font of the made-up PDF files has the letters of Western languages only.
    given = list(islice((one for one in made if name != "pdf" or fits(one.body)), count))
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder) / "articles"
        shop.mkdir()
        FORMATS[name](shop, given)
        database = Database.open(f"sqlite:///{folder}/shop.db")
        encoder = WaitingEncoder()
        store = ArticleStore(database)
        base = KnowledgeBase(store, encoder, encoder_digest="none", cache_dir=Path(folder), background=True)
        outcome = Imported()
        last = given[-1]
        zero = np.zeros(DIMENSION, dtype=np.float32)

        def work() -> None:
            result = read_path(shop)
            store.apply(result.articles, source="benchmark", refused=result.refused)
            base.refresh()
            words = last.body.split("\n\n")[1]
            hits = base.search(words, vector=zero, language=last.language, limit=10)
            outcome.read, outcome.passages = len(result.articles), base.size
            outcome.found = next((hit.article for hit in hits if hit.article == last.id), None)

        rate = rated(work, count)
        waiting = base.pending
        encoder.let_go.set()
        base.close()
        database.close()
    if outcome.read != count or outcome.found != last.id or not waiting:
        raise SystemExit(f"{name}: {outcome.read} of {count} read, {outcome.found} found, {waiting} vectors awaited")
    passages_an_article = outcome.passages / count
    return {
        "articles": count,
        "passages": outcome.passages,
        "passages_a_second": round(rate.a_second * passages_an_article, 1),
        "processor_a_second": round(rate.processor_a_second * passages_an_article, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=1_000)
    parser.add_argument("--word-files", type=int, default=100, help="also of PDF files")
    arguments = parser.parse_args()
    counts = dict.fromkeys(FORMATS, arguments.articles) | dict.fromkeys(("word", "pdf"), arguments.word_files)
    figures = {name: measure(name, count) for name, count in counts.items()}
    targets = []
    for name, figure in figures.items():
        rate = figure["passages_a_second"]
        target = Target(f"{name}: passages a second", float(str(rate)), WANTED_A_SECOND, at_least=True)
        targets.append(asdict(target) | {"met": target.met})
    print(json.dumps({"figures": figures, "targets": targets}, indent=2))


if __name__ == "__main__":
    main()
