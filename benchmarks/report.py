"""What a benchmark leaves behind: a JSON file that says on what it was measured, and a table."""

from __future__ import annotations

import json
import os
import platform
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGES = (
    "deskhand",
    "bm25s",
    "faiss-cpu",
    "fastapi",
    "langdetect",
    "numpy",
    "onnxruntime",
    "orjson",
    "python-liquid",
    "scikit-learn",
    "sentence-transformers",
    "sqlalchemy",
    "tokenizers",
    "torch",
    "uvicorn",
)
_SYNCS = 20


@dataclass(frozen=True, slots=True)
class Target:
    """One promise of `docs`: `figure` must be at least or at most `bound`."""

    name: str
    figure: float | None
    bound: float
    at_least: bool

    @property
    def met(self) -> bool | None:
        """Whether it is kept; None where nothing was measured."""
        if self.figure is None:
            return None
        return self.figure >= self.bound if self.at_least else self.figure <= self.bound

    def as_json(self) -> dict[str, object]:
        """Return the target with its verdict."""
        return {**asdict(self), "met": self.met}


def machine() -> dict[str, object]:
    """Describe the machine; the load tells whether others were at work, the sync what the disk takes to be sure."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": _memory_gb(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_1_minute": round(os.getloadavg()[0], 2),
        "disk_sync_ms": _disk_sync_ms(),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def versions() -> dict[str, str]:
    """Return the versions of the packages that the figures hang on; those that are not installed are left out."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def write(path: Path, content: Mapping[str, object]) -> None:
    """Write a result as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def table(figures: Mapping[str, object], indent: str = "  ") -> list[str]:
    """Lay nested figures out as lines: one a figure, groups under their name."""
    lines = []
    for name, value in figures.items():
        if isinstance(value, dict) and any(isinstance(inner, dict) for inner in value.values()):
            lines += [f"{indent}{name}", *table(value, indent + "  ")]
        elif isinstance(value, dict):
            lines.append(f"{indent}{name:<34} " + "   ".join(f"{key} {_shown(inner)}" for key, inner in value.items()))
        else:
            lines.append(f"{indent}{name:<34} {_shown(value)}")
    return lines


def verdicts(targets: list[dict[str, object]]) -> list[str]:
    """Lay targets out as lines."""
    marks = {True: "kept", False: "MISSED", None: "not measured"}
    return [
        f"  {item['name']!s:<44} {_shown(item['figure']):>10}  "
        f"{'>=' if item['at_least'] else '<='} {_shown(item['bound'])}  {marks[item['met']]}"  # type: ignore[index]
        for item in targets
    ]


def _shown(value: object) -> str:
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (OSError, ValueError):
        return None


def _disk_sync_ms() -> float:
    """Return the median time to append 4 KiB to a file in the temporary folder and have it on the disk."""
    times = []
    with tempfile.TemporaryFile() as file:
        for _ in range(_SYNCS):
            started = time.perf_counter()
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - started)
    return round(sorted(times)[_SYNCS // 2] * 1e3, 3)
