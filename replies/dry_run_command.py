"""`python -m replies.lint --dry-run`: fill all templates in all situations, in several processes, and print counts."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from models.bundle import Bundle
from replies.dry_run import CHANNELS, MARKETPLACES, DryRun, Fault, dry_run
from replies.library import SHIPPED, load_folder
from replies.samples import MOODS, dry_customers, dry_orders

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN_FAULTS = 50
AT_ONCE = 64


@cache
def _bundle() -> Bundle:
    return Bundle.load(Bundle.default_path())


def tell_languages(texts: Sequence[str]) -> list[str]:
    """Name the language of texts by the language head of the shipped bundle."""
    found: list[str] = []
    for start in range(0, len(texts), AT_ONCE):
        found.extend(item.language.code for item in _bundle().predict(texts[start : start + AT_ONCE]))
    return found


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit status: 0 without a fault, 1 with one."""
    parser = argparse.ArgumentParser(prog="python -m replies.lint --dry-run", description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, help="template files or folders; the shipped library if none")
    parser.add_argument("--json", type=Path, help="write the counts and all faults to this file")
    parser.add_argument("--processes", type=int, default=multiprocessing.cpu_count())
    options = parser.parse_args(list(arguments))
    started = time.monotonic()
    done = run(options.paths or [SHIPPED], options.processes)
    took_s = time.monotonic() - started
    result = {**summary(done), "took_s": round(took_s, 1)}
    if options.json is not None:
        written = ["python -m replies.lint --dry-run", *map(str, options.paths)]
        content = {"benchmark": "reply_dry_run", "command": " ".join(written), **result}
        content["fault_list"] = [asdict(fault) for fault in done.faults]
        options.json.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    for fault in _first_of_each(done.faults)[:SHOWN_FAULTS]:
        sys.stdout.write(f"{fault.kind}: {fault.template} ({fault.language}), {fault.situation}: {fault.message}\n")
    return 1 if done.faults else 0


def run(paths: Sequence[Path], processes: int = 1) -> DryRun:
    """Fill the templates below paths in all situations, one language after another."""
    languages = sorted({template.language for path in paths for template in load_folder(path)[0]})
    tasks = [(tuple(paths), language) for language in languages]
    done = DryRun()
    if processes <= 1 or len(tasks) <= 1:
        parts = [_run_language(*task) for task in tasks]
    else:
        # Fresh processes: a bundle that was loaded before a fork shares its threads' locks with the child.
        with multiprocessing.get_context("spawn").Pool(min(processes, len(tasks))) as pool:
            parts = pool.starmap(_run_language, tasks, chunksize=1)
    for part in parts:
        done.add(part)
    return done


def _run_language(paths: tuple[Path, ...], language: str) -> DryRun:
    templates = [item for path in paths for item in load_folder(path)[0] if item.language == language]
    return dry_run(templates, tell_languages)


def summary(done: DryRun) -> dict[str, object]:
    """Return the counts."""
    english = sum(1 for _ in dry_customers("en"))
    return {
        "figures": {
            "templates": done.templates,
            "situations": done.situations,
            "filled": done.filled,
            "texts": done.texts,
            "checked_by_rules": done.checked,
            "language_told": done.told,
            "never_filled": len(done.never),
        },
        "faults": done.counts(),
        "axes": {
            "orders": sum(1 for _ in dry_orders()),
            "customers": english,
            "moods": len(MOODS),
            "channels": len(CHANNELS),
            "marketplaces": len(MARKETPLACES),
        },
        "never_filled": done.never,
        "bundle": _bundle().name,
    }


def _first_of_each(faults: Sequence[Fault]) -> list[Fault]:
    """Return one fault of each kind for each template: the others are the same in another situation."""
    return list({(fault.kind, fault.template, fault.language): fault for fault in reversed(faults)}.values())[::-1]
