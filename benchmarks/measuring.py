"""Clocks, memory and processes: what every benchmark measures with."""

from __future__ import annotations

import os
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parents[1]

# One core means one thread in every library too: a pool that waits for its turn on one core only gets in its own way.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


@dataclass(frozen=True, slots=True)
class Timing:
    """Times of single calls in milliseconds; `processor_p50_ms` does not count what other programs took."""

    p50_ms: float
    p95_ms: float
    processor_p50_ms: float

    @classmethod
    def of(cls, wall_s: Sequence[float], processor_s: Sequence[float]) -> Timing:
        """Sum up times given in seconds."""
        return cls(
            round(statistics.median(wall_s) * 1e3, 3),
            round(percentile(wall_s, 0.95) * 1e3, 3),
            round(statistics.median(processor_s) * 1e3, 3),
        )


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of the values do not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def timed(calls: Sequence[Callable[[], object]]) -> Timing:
    """Time every call once; warm up before."""
    wall, processor = [], []
    for call in calls:
        started, used = time.perf_counter(), time.process_time()
        call()
        processor.append(time.process_time() - used)
        wall.append(time.perf_counter() - started)
    return Timing.of(wall, processor)


@dataclass(frozen=True, slots=True)
class Rate:
    """How many things a second; `processor_a_second` does not count what other programs took."""

    a_second: float
    processor_a_second: float


def rated(work: Callable[[], object], things: int) -> Rate:
    """Time one piece of work over `things` things."""
    started, used = time.perf_counter(), time.process_time()
    work()
    processor, wall = time.process_time() - used, time.perf_counter() - started
    return Rate(round(things / wall, 1), round(things / processor, 1))


def memory_mb(pid: int | str = "self") -> float | None:
    """Return the resident memory of a process in MB (10^6 bytes); None where the system does not tell (no Linux)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return None
    kib = next((line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")), None)
    return None if kib is None else round(int(kib) * 1024 / 1e6, 1)


def processor_s(pid: int) -> float | None:
    """Return the processor time that a process has used; None where the system does not tell (no Linux)."""
    try:
        numbers = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return (int(numbers[11]) + int(numbers[12])) / float(os.sysconf("SC_CLK_TCK"))


def cores() -> list[int]:
    """Return the numbers of the cores that this process may use; one entry where the system cannot say."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]


def pin(pid: int, core: int) -> None:
    """Keep a process on one core, where the system can; 0 is this process."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, {core})


def ratio(ours: float, other: float) -> float | None:
    """Return how many times as much `ours` is as `other`."""
    return round(ours / other, 3) if other else None
