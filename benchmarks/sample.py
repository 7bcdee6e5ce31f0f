"""What is measured on: messages of about 30 tokens in every language, and a knowledge base of any size."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from benchmarks.measuring import ROOT
from knowledge_base.importing import read_path
from knowledge_base.records import Article
from models.bundle import Bundle
from training.utterances import read_corpus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training.utterances import Utterance

SHOP = ROOT / "sample_shop"
TOKENS = range(25, 36)
SECTIONS_AN_ARTICLE = 4
SENTENCES_A_SECTION = 5
_SENTENCE = re.compile(r"[^.!?。！？؟\n]+[.!?。！？؟]")
_SEED = 7


def messages(count: int) -> list[Utterance]:
    """Draw messages of 25 to 35 tokens (as the shipped bundle counts), equally many of each language, mixed."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(Bundle.default_path() / "tokenizer.json"))
    fitting: dict[str, list[Utterance]] = defaultdict(list)
    for utterance in read_corpus([]).utterances:
        if utterance.language and len(tokenizer.encode(utterance.text).ids) in TOKENS:
            fitting[utterance.language].append(utterance)
    draw = random.Random(_SEED)  # noqa: S311 - the same messages on every machine
    share = -(-count // len(fitting))
    chosen = [item for language in sorted(fitting) for item in draw.sample(fitting[language], share)]
    draw.shuffle(chosen)
    return chosen[:count]


def articles(count: int, first: int = 0) -> Iterator[Article]:
    """Make up articles of four sections each from the sample shop's sentences, with its mix of languages.

    Words are as frequent in them as in real help texts, which is what a search's time hangs on; the texts mean nothing.

    Args:
        count: How many.
        first: The number of the first; the same number always gives the same article.

    """
    sentences: dict[str, list[str]] = defaultdict(list)
    for article in read_path(SHOP / "articles").articles:
        lines = "\n".join(line for line in article.body.splitlines() if not line.startswith("#"))
        sentences[article.language] += [found.strip() for found in _SENTENCE.findall(lines)]
    weights = [len(found) for found in sentences.values()]
    for number in range(first, first + count):
        draw = random.Random(number)  # noqa: S311 - the same articles on every machine
        language = draw.choices(list(sentences), weights)[0]
        parts = [" ".join(draw.choices(sentences[language], k=SENTENCES_A_SECTION)) for _ in range(SECTIONS_AN_ARTICLE)]
        body = "\n\n".join(f"## {number}.{place}\n\n{part}" for place, part in enumerate(parts))
        yield Article(f"made-up-{number}", language, f"{number}", body)
