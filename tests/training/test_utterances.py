"""Reading labelled messages; a broken line never takes the others with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.errors import InvalidInputError
from training.utterances import CORPUS, Utterance, read_corpus, strip_markup

GOOD = "order.status.1\tchat\t-1\t1\treturn.request,refund.status\two ist {order:#10482}?\\nDanke"


def write(folder: Path, name: str, *lines: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines) + b"\n")
    return path


def test_a_line_of_the_corpus_format(tmp_path: Path) -> None:
    corpus = read_corpus([write(tmp_path, "de.tsv", GOOD)])
    assert corpus.refused == ()
    assert corpus.utterances == (
        Utterance(
            text="wo ist #10482?\nDanke",
            intent="order.status",
            language="de",
            sentiment=-1,
            escalate=True,
            also=("return.request", "refund.status"),
            scenario="order.status.1",
            channel="chat",
            entities=(("order", 7, 13),),
            where=f"{tmp_path / 'de.tsv'}:1",
        ),
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("just text", "1 columns"),
        (GOOD.replace("\t-1\t", "\t7\t"), "sentiment '7'"),
        (GOOD.replace("\t1\t", "\tyes\t"), "escalate 'yes'"),
        (GOOD.replace("order.status.1", "nonsense"), "scenario 'nonsense'"),
        ("order.status.1\tchat\t0\t0\t-\t  ", "empty"),
        (b"order.status.1\tchat\t0\t0\t-\t\xff\xfe", "UTF-8"),
    ],
)
def test_a_broken_tsv_line_is_named_and_the_rest_is_read(tmp_path: Path, line: str | bytes, reason: str) -> None:
    path = write(tmp_path, "en.tsv", GOOD, line, GOOD + " again")
    corpus = read_corpus([path])
    assert len(corpus.utterances) == 2
    (refused,) = corpus.refused
    assert refused.where == f"{path}:2"
    assert reason in refused.reason


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "expected an object"),
        (json.dumps({"intent": "a"}), "text is missing"),
        (json.dumps({"text": "x"}), "intent is missing"),
        (json.dumps({"text": "x", "intent": "a", "sentiment": 3}), "sentiment 3"),
        (json.dumps({"text": "x", "intent": "a", "escalate": "no"}), "escalate 'no'"),
        (json.dumps({"text": "x", "intent": "a", "also": "b"}), "also 'b'"),
        (json.dumps({"text": "x", "intent": "a", "lang": "de"}), "unknown field 'lang'"),
        (json.dumps({"text": "x" * 50_001, "intent": "a"}), "50000 characters"),
    ],
)
def test_a_broken_json_line_is_named_and_the_rest_is_read(tmp_path: Path, row: str, reason: str) -> None:
    good = json.dumps({"text": "where", "intent": "a", "language": "en", "sentiment": 0, "escalate": 1, "also": ["b"]})
    path = write(tmp_path, "x.jsonl", good, row, good)
    corpus = read_corpus([path])
    assert [u.escalate for u in corpus.utterances] == [True, True]
    assert corpus.utterances[0].language == "en"
    assert reason in corpus.refused[0].reason
    assert corpus.refused[0].where.endswith("x.jsonl:2")


def test_intents_alone_are_enough(tmp_path: Path) -> None:
    (only,) = read_corpus([write(tmp_path, "x.jsonl", '{"text": "hi", "intent": "greeting"}')]).utterances
    assert (only.language, only.sentiment, only.escalate, only.also) == (None, None, None, ())


def test_a_missing_path_and_an_empty_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="does not exist"):
        read_corpus([tmp_path / "none.tsv"])
    with pytest.raises(InvalidInputError, match=r"no \.tsv or \.jsonl"):
        read_corpus([tmp_path])


def test_the_shipped_corpus_is_whole() -> None:
    corpus = read_corpus([])
    assert corpus.refused == ()
    assert len(corpus.utterances) == sum(
        len(file.read_bytes().splitlines()) for file in (CORPUS / "messages").glob("*.tsv")
    )
    assert len({u.language for u in corpus.utterances}) == 12
    assert len({u.intent for u in corpus.utterances}) == 50


@given(
    st.lists(
        st.tuples(
            st.text(alphabet="ab c", max_size=6),
            st.sampled_from(["order", "date"]),
            st.text(alphabet="xy1", max_size=5),
        )
    )
)
def test_markup_comes_off_and_its_places_hold(parts: list[tuple[str, str, str]]) -> None:
    marked = "".join(f"{before}{{{kind}:{value}}}" for before, kind, value in parts)
    text, entities = strip_markup(marked)
    assert text == "".join(before + value for before, _, value in parts)
    assert [(kind, text[start:end]) for kind, start, end in entities] == [(kind, value) for _, kind, value in parts]
