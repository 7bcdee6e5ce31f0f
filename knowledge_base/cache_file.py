"""Arrays on disk that can always be made anew: written as a whole, and read only if nothing about them is in doubt."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import structlog
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_FORMAT = "1"
_log = structlog.get_logger(__name__)


def read_arrays(path: Path, key: str) -> dict[str, NDArray[Any]] | None:
    """Read what `write_arrays` wrote under the same key; None where there is nothing that can be used.

    Args:
        path: A safetensors file; missing, cut short, damaged or of another key is all the same.
        key: Names what the arrays were made from.
    """
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: np.ascontiguousarray(file.get_tensor(name)) for name in sorted(file.keys())}
    except (OSError, SafetensorError, ValueError) as error:
        _log.warning("index_cache_unusable", file=path.name, reason=str(error)[:200], action="rebuilt")
        return None
    if metadata.get("format") != _FORMAT or metadata.get("key") != key:
        return None
    if metadata.get("sha256") != _checksum(arrays):
        _log.warning("index_cache_unusable", file=path.name, reason="checksum does not match", action="rebuilt")
        return None
    return arrays


def write_arrays(path: Path, key: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays under a key; where the disk refuses, the next start takes longer, and that is all."""
    metadata = {"format": _FORMAT, "key": key, "sha256": _checksum(arrays)}
    try:
        _replace(path, save(dict(arrays), metadata=metadata))
    except OSError as error:
        _log.warning("index_cache_not_written", file=path.name, reason=error.strerror)


def _checksum(arrays: Mapping[str, NDArray[Any]]) -> str:
    sha = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        sha.update(f"{name} {array.dtype} {array.shape}\n".encode())
        sha.update(array.data)
    return sha.hexdigest()


def _replace(path: Path, data: bytes) -> None:
    """Write a file so that at any moment the old or the new one is there, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
