"""Run the benchmarks one after another: `python -m benchmarks [NAME …]`, or `make bench`.

Each runs in a process of its own, on one core with one thread unless it measures a service. Its figures are printed and
written to `benchmarks/results/<name>.json`, with the machine and the versions that they were measured on.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measuring import ONE_THREAD, ROOT, cores
from benchmarks.report import machine, table, verdicts, versions, write

RESULTS = ROOT / "benchmarks" / "results"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One program of this folder.

    `small` are the arguments of a run that only shows that it works; `ratios` names the figures that compare with
    something else in the same run, where the program does not say so itself; `own_file` is for a program that writes
    its result itself and has no small run.
    """

    name: str
    title: str
    small: tuple[str, ...] = ()
    one_core: bool = True
    ratios: tuple[str, ...] = ()
    own_file: bool = False


BENCHMARKS = (
    Benchmark("decisions", "one decision, beside the usual packages", ("--messages", "24", "--passages", "2400")),
    Benchmark("http_store", "stored over HTTP, beside a bare service", ("--seconds", "1"), one_core=False),
    Benchmark("search", "search alone, beside BM25 and exact vectors", ("--passages", "500", "--queries", "20")),
    Benchmark("imports", "articles read, stored and found", ("--articles", "60", "--word-files", "40")),
    Benchmark("reply_suggestions", "replies, beside Jinja2", ("--rounds", "50"), ratios=("liquid_to_jinja2",)),
    Benchmark("reply_ranking", "how soon the order of replies follows agents", ("--seeds", "3")),
    Benchmark("reply_coverage", "who gets a reply in the own language", ("--messages", "240")),
    Benchmark("reply_dry_run", "every reply in every situation", ("--language", "pl"), one_core=False),
    Benchmark("marketplace_rules", "marketplace rules: what is found, how fast", ("--rounds", "5")),
    Benchmark("entities", "entities and reasons: how many are right", own_file=True),
)


class FailedError(RuntimeError):
    """A benchmark ended with an error."""


def command(benchmark: Benchmark, *, small: bool) -> list[str]:
    """Return how a benchmark is started: on the last core, where the system has `taskset`."""
    program = [sys.executable, "-m", f"benchmarks.{benchmark.name}", *(benchmark.small if small else ())]
    if benchmark.one_core and shutil.which("taskset"):
        return ["taskset", "-c", str(cores()[-1]), *program]
    return program


def run(benchmark: Benchmark, *, small: bool) -> dict[str, Any]:
    """Run one benchmark and return its result, whole.

    Raises:
        FailedError: It ended with an error.

    """
    before = machine()
    started = command(benchmark, small=small)
    begin = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own programs
        started, cwd=ROOT, env={**os.environ, **ONE_THREAD}, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise FailedError(f"{benchmark.name} ended with status {done.returncode}; what it wrote stands above")
    shown = ["python" if part == sys.executable else part for part in started]
    head = {
        "benchmark": benchmark.name,
        "command": " ".join(shown),
        "took_s": round(time.perf_counter() - begin, 1),
        "machine": before,
        "versions": versions(),
    }
    return {**head, **_found(benchmark, done.stdout)}


def _found(benchmark: Benchmark, output: str) -> dict[str, Any]:
    if benchmark.own_file:
        found = json.loads((RESULTS / f"{benchmark.name}.json").read_text(encoding="utf-8"))
        return {key: value for key, value in found.items() if key not in {"benchmark", "command", "took_s"}}
    # Log lines may stand before the object.
    lines = output.splitlines()
    first = next((place for place, line in enumerate(lines) if line.startswith("{")), len(lines))
    try:
        printed: dict[str, Any] = json.loads("\n".join(lines[first:]))
    except ValueError as error:
        raise FailedError(f"{benchmark.name} printed no JSON object ({error})") from error
    if "figures" in printed:
        return printed
    return {"figures": printed, "ratios": {name: printed[name] for name in benchmark.ratios}}


def show(benchmark: Benchmark, result: dict[str, Any]) -> None:
    """Print a result as a table."""
    print(f"\n{benchmark.name}: {benchmark.title} ({result['took_s']} s)")
    if benchmark.own_file:
        result = {**result, "figures": result["milliseconds_a_message"]}
    lines = table(result["figures"])
    if result.get("ratios"):
        lines += ["  -- ratios", *table(result["ratios"])]
    if result.get("targets"):
        lines += ["  -- targets", *verdicts(result["targets"])]
    print("\n".join(lines), flush=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(item.name for item in BENCHMARKS))
    parser.add_argument("--small", action="store_true", help="only show that they work; the figures mean nothing")
    parser.add_argument("--out", type=Path, help="folder of the results (benchmarks/results; with --small: none)")
    options = parser.parse_args(arguments)
    known = {item.name: item for item in BENCHMARKS}
    if unknown := [name for name in options.names if name not in known]:
        parser.error(f"no benchmark {unknown[0]!r}; there are {', '.join(known)}")
    chosen = [known[name] for name in options.names] or [
        item for item in BENCHMARKS if not (options.small and item.own_file)
    ]
    folder = options.out or (None if options.small else RESULTS)
    failed = []
    for benchmark in chosen:
        try:
            result = run(benchmark, small=options.small)
        except FailedError as error:
            print(f"benchmarks: {error}", file=sys.stderr)
            failed.append(benchmark.name)
            continue
        show(benchmark, result)
        if folder is not None:
            write(folder / f"{benchmark.name}.json", result)
    if failed:
        print(f"benchmarks: failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
