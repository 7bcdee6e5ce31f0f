"""Every reply template in every situation that there can be: what a customer should never see is counted.

It is `python -m replies.lint --dry-run` with its counts as a result. Nothing is timed. Run it with
`python -m benchmarks reply_dry_run`; it takes some minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.measuring import cores
from benchmarks.report import Target
from replies.dry_run_command import run, summary
from replies.library import SHIPPED

NAMES = {
    "markup": "texts with markup or Liquid left in them",
    "empty_slot": "texts with an empty slot",
    "blocked": "texts that a marketplace's rules block",
    "wrong_language": "texts in a wrong language",
}


def measure(folder: Path, processes: int) -> dict[str, Any]:
    """Return the counts, the axes, and the targets: none of anything."""
    done = run([folder], processes)
    found = summary(done)
    counts = done.counts()
    targets = [Target(name, float(counts[kind]), 0.0, at_least=False) for kind, name in NAMES.items()]
    return {**found, "targets": [target.as_json() for target in targets]}


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--language", help="only this one; left out: all")
    options = parser.parse_args()
    folder = SHIPPED / options.language if options.language else SHIPPED
    print(json.dumps(measure(folder, len(cores())), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
