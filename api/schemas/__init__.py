"""HTTP bodies: what may come in and what goes out, by subject."""

from __future__ import annotations
