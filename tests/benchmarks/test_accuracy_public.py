"""The comparison of accuracies on public sets, with made-up messages: what trains, and what never looks at a test."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.bundle import Bundle
from training.utterances import Utterance

ROOT = Path(__file__).resolve().parents[2]
WORDS = {
    "card": "card plastic chip wallet contactless",
    "transfer": "transfer iban wire sepa recipient",
    "rate": "rate exchange currency dollar euro",
    "loan": "loan mortgage interest instalment credit",
}

pytestmark = pytest.mark.skipif(
    not (ROOT / "benchmarks" / "accuracy").is_dir(), reason="benchmarks are no part of a wheel"
)


@pytest.fixture
def plan(accuracy: Any) -> Any:
    """Return a plan in which only the SVM trains, once with a threshold of its own."""
    contestants = accuracy("contestants")

    def with_threshold(utterances: Sequence[Utterance]) -> Any:
        trained = contestants.tfidf_svm(utterances)
        return contestants.Classifier(trained.score, trained.train_s, threshold=0.0)

    trainers = {"tfidf_svm": contestants.tfidf_svm, "deskhand": with_threshold}
    return accuracy("parts").Plan(quick=False, contest=contestants.Contest(trainers, {"minilm_logistic": "not here"}))


def messages(each: int, seed: int, words: dict[str, str] | None = None) -> list[tuple[str, str]]:
    """Make up (text, intent): five words of an intent's own in random order, with a number to tell texts apart."""
    rng = np.random.default_rng(seed)
    return [
        (f"{' '.join(rng.permutation(own.split())[:3])} {seed}{number}", intent)
        for intent, own in (words or WORDS).items()
        for number in range(each)
    ]


def put(root: Path, name: str, content: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def as_csv(rows: Sequence[tuple[str, str]], header: str) -> str:
    return "\n".join([header, *(f'"{text}",{label}' for text, label in rows)]) + "\n"


def test_draws_are_fixed_by_text_and_salt(accuracy: Any) -> None:
    few = accuracy("examples").few
    pool = [Utterance(text, intent) for text, intent in messages(20, 1)]
    drawn = few(pool, 5, "a")
    assert drawn == few(list(reversed(pool)), 5, "a")
    assert {u.intent: sum(v.intent == u.intent for v in drawn) for u in drawn} == dict.fromkeys(WORDS, 5)
    assert set(drawn) != set(few(pool, 5, "b"))


def test_thin_sets_keep_the_same_intents(accuracy: Any) -> None:
    examples = accuracy("examples")
    names = {f"intent{number}": f"w{number}a w{number}b w{number}c" for number in range(20)}
    sets = [[Utterance(text, intent) for text, intent in messages(30, seed, names)] for seed in (1, 2)]
    train, test = examples.thin(*sets)
    assert {u.intent for u in train} == {u.intent for u in test}
    assert len({u.intent for u in train}) == examples.QUICK_LABELS
    assert len(test) == examples.QUICK_LABELS * examples.QUICK_EACH


def test_the_svm_learns_and_ranks_two_labels_and_more(accuracy: Any) -> None:
    fit = accuracy("rivals").tfidf_svm
    for words in (WORDS, {name: WORDS[name] for name in ("card", "loan")}):
        train, test = messages(12, 1, words), messages(6, 2, words)
        scores = fit([text for text, _ in train], [label for _, label in train])([text for text, _ in test])
        assert scores.matrix.shape == (len(test), len(words))
        assert scores.right([label for _, label in test]).mean() > 0.9


def test_a_logistic_regression_reads_vectors_alone(accuracy: Any) -> None:
    vocabulary = sorted({word for own in WORDS.values() for word in own.split()})

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([[word in text.split() for word in vocabulary] for text in texts], dtype=np.float32)

    train, test = messages(12, 1), messages(6, 2)
    score = accuracy("rivals").embedded_logistic(embed, [text for text, _ in train], [label for _, label in train])
    scores = score([text for text, _ in test])
    assert scores.matrix.sum(axis=1) == pytest.approx(np.ones(len(test)))
    assert scores.right([label for _, label in test]).all()


def test_langdetect_says_nothing_of_numbers(accuracy: Any) -> None:
    name = accuracy("rivals").langdetect_code
    assert name("12345") is None
    assert name("我想知道我的包裹现在在哪里,已经等了两个星期了") == "zh"


def test_lingua_names_one_of_those_it_was_told(accuracy: Any) -> None:
    pytest.importorskip("lingua")
    assert accuracy("rivals").lingua_code("Wo bleibt mein Paket?", ("de", "en")) == "de"


@pytest.mark.slow
def test_deskhand_train_itself_is_run_and_leaves_nothing(
    accuracy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    train, test = ([Utterance(text, intent, language="en") for text, intent in messages(15, seed)] for seed in (1, 2))
    classifier = accuracy("contestants").deskhand(train)
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().out == ""
    scores = classifier.score([u.text for u in test])
    assert sorted(scores.labels) == sorted(WORDS)
    assert scores.right([u.intent for u in test]).mean() > 0.9
    assert 0 <= classifier.threshold <= 1


@pytest.mark.slow
def test_deskhand_train_takes_a_named_encoder(accuracy: Any, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer

    pieces = Tokenizer.from_file(str(Bundle.default_path() / "tokenizer.json"))
    SentenceTransformer(modules=[StaticEmbedding(pieces, embedding_dim=16)], device="cpu").save(str(tmp_path))
    train, test = ([Utterance(text, intent, language="en") for text, intent in messages(15, seed)] for seed in (1, 2))
    ours = accuracy("ours")
    bundle = ours.train(train, str(tmp_path))
    assert bundle.manifest.encoder == "external"
    assert bundle.manifest.dimension == 16
    assert ours.scores(bundle, [u.text for u in test]).right([u.intent for u in test]).mean() > 0.9


def test_minilm_is_an_encoder_where_all_is_english(accuracy: Any) -> None:
    contestants = accuracy("contestants")
    here, absent = contestants.contest(None), contestants.contest("not here")
    assert set(here.in_english().trainers) - set(here.trainers) == {"deskhand_minilm"}
    assert set(here.in_english().trainers) == {"deskhand", "deskhand_minilm", "tfidf_svm", "minilm_logistic"}
    assert set(here.in_english().trainers) <= set(contestants.NAMES)
    assert set(here.in_english().trainers) == set(contestants.SCORES)
    assert absent.in_english().trainers == absent.trainers
    assert set(absent.skipped) == {"deskhand_minilm", "minilm_logistic"}


def test_banking77_trains_in_full_and_on_three_draws(
    accuracy: Any, plan: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKHAND_PUBLIC_DATA", str(tmp_path))
    put(tmp_path, "banking77/train.csv", as_csv(messages(15, 1), "text,category"))
    put(tmp_path, "banking77/test.csv", as_csv(messages(5, 2), "text,category"))
    part = accuracy("banking77")
    result = part.measure(plan).as_json()
    assert result["sizes"] == {"train": 60, "test": 20, "intents": 4, "few": 10}
    assert result["figures"]["full"]["tfidf_svm"]["accuracy"] > 0.9
    few = result["figures"]["10 per intent"]["tfidf_svm"]
    assert few["accuracy"] == pytest.approx(np.mean([draw["accuracy"] for draw in few["draws"]]), abs=1e-3)
    assert len(few["draws"]) == 3
    titles = [table.title for table in part.tables(result)]
    assert "mean of 3 draws" in titles[1]
    assert any("published" in row[0] for row in part.tables(result)[0].rows)


def clinc(test_seed: int) -> dict[str, list[tuple[str, str]]]:
    outside = {"oos": "weather dog moon song football"}
    inside = {"train": (15, 1), "val": (8, 2), "test": (8, test_seed)}
    others = {"oos_train": (5, 4), "oos_val": (5, 5), "oos_test": (9, test_seed + 10)}
    return {
        **{name: messages(*size) for name, size in inside.items()},
        **{name: messages(*size, outside) for name, size in others.items()},
    }


def test_clinc150_chooses_thresholds_without_looking_at_the_test(
    accuracy: Any, plan: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKHAND_PUBLIC_DATA", str(tmp_path))
    part, thresholds = accuracy("clinc150"), []
    for seed in (6, 7):
        put(tmp_path, "clinc150/data_full.json", json.dumps(clinc(seed)))
        result = part.measure(plan).as_json()
        own = result["figures"]["deskhand"]
        thresholds.append([own["threshold"][rule]["threshold"] for rule in ("accuracy", "balanced", "own")])
    assert thresholds[0] == thresholds[1]
    assert thresholds[0][2] == 0.0
    assert result["sizes"]["test"] == {"in_scope": 32, "out_of_scope": 9}
    at = own["threshold"]["accuracy"]
    assert own["threshold"]["in_scope_accuracy_without_abstention"] >= at["in_scope_accuracy"]
    assert at["in_scope_accuracy"] + at["in_scope_abstained"] <= 1
    assert at["out_of_scope_recall"] > 0.8
    assert own["label"]["out_of_scope_recall"] > 0.8
    assert "own" not in result["figures"]["tfidf_svm"]["threshold"]
    names = [row[0] for row in part.tables(result)[0].rows]
    assert "Deskhand, the threshold that training chose" in names
    assert "TF-IDF + linear SVM, the threshold that training chose" not in names


def moods(each: int, seed: int) -> list[tuple[str, str]]:
    return messages(
        each, seed, {"0": "awful bad broken sad", "1": "today office train bus", "2": "great love happy nice"}
    )


def test_xlmt_reads_lines_as_they_are_and_counts_by_language(
    accuracy: Any, plan: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKHAND_PUBLIC_DATA", str(tmp_path))
    part = accuracy("xlmt")
    for seed, folder in enumerate(part.LANGUAGES.values()):
        for name, each in (("train", 4), ("test", 2)):
            rows = moods(each, seed + each)
            # A line separator inside a tweet is no end of line.
            put(tmp_path, f"sentiment_xlmt/{folder}/{name}_text.txt", "\n".join(f"{t}\u2028!" for t, _ in rows))
            put(tmp_path, f"sentiment_xlmt/{folder}/{name}_labels.txt", "\n".join(label for _, label in rows) + "\n")
    result = part.measure(plan).as_json()
    assert result["sizes"] == {"train": 84, "test": 42, "classes": 3}
    own = result["figures"]["tfidf_svm"]
    assert set(own["macro_f1"]) == set(part.LANGUAGES)
    assert own["mean_macro_f1"] == pytest.approx(np.mean(list(own["macro_f1"].values())), abs=1e-3)
    assert own["mean_macro_f1"] > 0.9
    assert len(part.tables(result)[0].header) == len(part.LANGUAGES) + 2
    put(tmp_path, "sentiment_xlmt/arabic/train_labels.txt", "0\n")
    with pytest.raises(ValueError, match="shorter"):
        part.read("train")


def test_bitext_keeps_twins_on_one_side(
    accuracy: Any, plan: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKHAND_PUBLIC_DATA", str(tmp_path))
    part = accuracy("bitext")
    rows = [(text, "check_invoice" if intent == "loan" else intent) for text, intent in messages(30, 1)]
    louder = [(text.upper(), intent.replace("check_invoice", "check_invoices")) for text, intent in rows]
    for (name, column), content in zip(part.FILES, (rows, louder, rows), strict=True):
        put(tmp_path, f"bitext/{name}", "\ufeff" + as_csv(content, f"{column},intent"))
    result = part.measure(plan).as_json()
    sizes = result["sizes"]
    assert sizes["train"] + sizes["test"] == 120
    assert 10 < sizes["test"] < 40
    assert sizes["intents"] == 4
    assert result["figures"]["tfidf_svm"]["accuracy"] > 0.9
    assert part.tables(result)[0].rows[0][0] == "TF-IDF + linear SVM"


@pytest.mark.parametrize("part", ["banking77", "clinc150", "xlmt", "bitext"])
@pytest.mark.parametrize("folder", [None, "/nowhere/at/all"])
def test_missing_data_skip_a_part_and_say_why(
    accuracy: Any,
    part: str,
    folder: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("DESKHAND_PUBLIC_DATA", raising=False)
    if folder is not None:
        monkeypatch.setenv("DESKHAND_PUBLIC_DATA", folder)
    assert accuracy("__main__").main(["--only", part, "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert f"{part}: skipped: " in said
    assert ("DESKHAND_PUBLIC_DATA is not set" if folder is None else f"{folder}/") in said
    assert list(tmp_path.iterdir()) == []
