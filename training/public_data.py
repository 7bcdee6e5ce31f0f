"""Public data that the default encoder learns from: where it lies, where it is obtained, under which licence.

None of its text is part of Deskhand. The folder is named by `DESKHAND_PUBLIC_DATA`; a set that is missing is skipped,
and the report says so.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ParallelSet:
    """A family of files `<stem>.<language>.tsv.gz`: English, tab, the other language, one pair a line."""

    stem: str
    languages: tuple[str, ...]
    source: str
    licence: str


@dataclass(frozen=True, slots=True)
class PairFile:
    """One file of a set that was found, with the digest of its bytes."""

    path: Path
    language: str
    source: ParallelSet
    sha256: str


PARALLEL_SETS = (
    ParallelSet(
        "tatoeba",
        ("ar", "de", "es", "fr", "ja", "nl", "pl", "tr", "zh"),
        "Tatoeba sentence pairs, https://tatoeba.org",
        "CC BY 2.0 FR",
    ),
    ParallelSet(
        "europarl",
        ("it",),
        "Europarl, https://www.statmt.org/europarl/",
        "free use, see the source",
    ),
    ParallelSet(
        "shop_ui",
        ("ar", "de", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr", "zh"),
        "interface strings of bagisto/bagisto @ 889a7c6 and spree-contrib/spree_i18n @ 38ac265 (GitHub)",
        "MIT, BSD-3-Clause",
    ),
)


def find_pair_files(folder: Path) -> tuple[list[PairFile], list[str]]:
    """Look for the parallel files under `folder/parallel`.

    Returns:
        The files found, and a line for each that is missing, naming where it is obtained.

    """
    found: list[PairFile] = []
    missing: list[str] = []
    for source in PARALLEL_SETS:
        for language in source.languages:
            path = folder / "parallel" / f"{source.stem}.{language}.tsv.gz"
            if path.is_file():
                found.append(PairFile(path, language, source, hashlib.sha256(path.read_bytes()).hexdigest()))
            else:
                missing.append(f"{path.name}: missing; obtained from {source.source} ({source.licence})")
    return found, missing


def read_pairs(file: PairFile) -> Iterator[tuple[str, str]]:
    """Yield (English, other language) from one file; lines without both sides are passed over."""
    with gzip.open(file.path, "rt", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            english, tab, other = line.rstrip("\n").partition("\t")
            if tab and english.strip() and other.strip():
                yield english.strip(), other.strip()
