"""The registry of bundles: a folder of versions and a pointer to the active one.

`<home>/models/<version>/` holds a bundle each, `<home>/models/active.json` names the active version and those before
it, newest last. Without a pointer the shipped bundle is active.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from models.bundle import Bundle
from models.errors import BundleError
from models.manifest import MANIFEST, read_manifest

SHIPPED = "shipped"
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")


@dataclass(frozen=True, slots=True)
class Version:
    """One bundle that can be served; `version` is "shipped" for the one that came with Deskhand."""

    version: str
    name: str
    path: Path
    active: bool
    created: str
    metrics: dict[str, object]


def list_versions(home: Path) -> list[Version]:
    """Return the shipped bundle and every version in the registry, oldest first."""
    active = _history(home)[-1:] or [SHIPPED]
    folders = [(SHIPPED, Bundle.default_path())]
    if _root(home).is_dir():
        inside = [path for path in _root(home).iterdir() if (path / MANIFEST).is_file()]
        folders += [(path.name, path) for path in sorted(inside, key=lambda path: (path / MANIFEST).stat().st_mtime)]
    found = []
    for version, path in folders:
        manifest = read_manifest(path)
        is_active = version == active[0]
        found.append(Version(version, manifest.name, path, is_active, manifest.created, dict(manifest.metrics)))
    return found


def active_path(home: Path) -> Path:
    """Return the folder of the active bundle.

    Raises:
        BundleError: The pointer names a version that is gone.
    """
    history = _history(home)
    return resolve(home, history[-1]) if history else Bundle.default_path()


def resolve(home: Path, version: str) -> Path:
    """Return the folder of a version of the registry, or of "shipped".

    Raises:
        BundleError: There is no such version.
    """
    if version == SHIPPED:
        return Bundle.default_path()
    path = _root(home) / version
    if not _VERSION.fullmatch(version) or not (path / MANIFEST).is_file():
        known = ", ".join(item.version for item in list_versions(home)) if _root(home).is_dir() else SHIPPED
        raise BundleError(
            f"no version {version!r} in the registry {_root(home)}; it has {known}",
            field="version",
            hint="run `deskhand models list`, or promote a bundle's folder",
        )
    return path


def promote(home: Path, version: str) -> Version:
    """Make a version active; a bundle's folder is checked and copied into the registry first.

    Raises:
        BundleError: There is no such version or folder, or its files are broken.
    """
    source = Path(version)
    known = version == SHIPPED or (_VERSION.fullmatch(version) and (_root(home) / version / MANIFEST).is_file())
    if not known and (source / MANIFEST).is_file():
        version = _take_in(home, source)
    path = resolve(home, version)
    history = _history(home)
    if history[-1:] != [version]:
        _write_history(home, [*(history or [SHIPPED]), version])
    manifest = read_manifest(path)
    return Version(version, manifest.name, path, True, manifest.created, dict(manifest.metrics))


def rollback(home: Path) -> Version:
    """Make the version before the active one active again.

    Raises:
        BundleError: There is none.
    """
    history = _history(home)
    if len(history) < 2:
        raise BundleError(
            "there is no earlier version to go back to",
            field="version",
            hint="`deskhand models promote VERSION` makes another one active",
        )
    version = history[-2]
    path = resolve(home, version)
    _write_history(home, history[:-1])
    manifest = read_manifest(path)
    return Version(version, manifest.name, path, True, manifest.created, dict(manifest.metrics))


def _take_in(home: Path, source: Path) -> str:
    """Copy a checked bundle into the registry under a name that is free."""
    manifest = read_manifest(source)
    if manifest.encoder == "static":
        Bundle.load(source)
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", manifest.name).strip("-.") or "bundle"
    version = f"{stem[:60]}-{stamp}"
    unfinished = _root(home) / f".{version}.part"
    shutil.copytree(source, unfinished)
    unfinished.replace(_root(home) / version)
    return version


def _root(home: Path) -> Path:
    return home / "models"


def _history(home: Path) -> list[str]:
    path = _root(home) / "active.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise BundleError(
            f"{path} cannot be read: {error}", field=str(path), hint="remove it to go back to the shipped bundle"
        ) from error
    return [str(name) for name in found["history"]] if isinstance(found, dict) and found.get("history") else []


def _write_history(home: Path, history: list[str]) -> None:
    path = _root(home) / "active.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with unfinished.open("w", encoding="utf-8") as file:
        json.dump({"history": history}, file)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
