"""Promote, list, go back."""

from __future__ import annotations

from pathlib import Path

import pytest

from models import registry
from models.bundle import Bundle
from models.errors import BundleError


def test_an_empty_home_serves_the_shipped_bundle(tmp_path: Path) -> None:
    assert registry.active_path(tmp_path) == Bundle.default_path()
    (only,) = registry.list_versions(tmp_path)
    assert only.version == "shipped"
    assert only.active


def test_promote_copies_a_bundle_in_and_rollback_goes_back(tmp_path: Path) -> None:
    promoted = registry.promote(tmp_path, str(Bundle.default_path()))
    assert promoted.version.startswith("default-")
    assert registry.active_path(tmp_path) == tmp_path / "models" / promoted.version
    assert Bundle.load(registry.active_path(tmp_path)).name == promoted.name
    assert [item.version for item in registry.list_versions(tmp_path) if item.active] == [promoted.version]
    assert registry.rollback(tmp_path).version == "shipped"
    assert registry.active_path(tmp_path) == Bundle.default_path()
    assert registry.promote(tmp_path, promoted.version).version == promoted.version
    with pytest.raises(BundleError, match="no version"):
        registry.promote(tmp_path, "no-such")


def test_there_may_be_nothing_to_go_back_to(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no earlier version"):
        registry.rollback(tmp_path)


def test_promoting_twice_is_promoting_once(tmp_path: Path) -> None:
    first = registry.promote(tmp_path, str(Bundle.default_path()))
    registry.promote(tmp_path, first.version)
    assert registry.rollback(tmp_path).version == "shipped"


def test_a_broken_bundle_is_not_promoted(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "bundle.json").write_text("{}")
    with pytest.raises(BundleError):
        registry.promote(tmp_path / "home", str(broken))
    assert registry.active_path(tmp_path / "home") == Bundle.default_path()


@pytest.mark.parametrize("version", ["../x", "/etc", ".hidden", ""])
def test_a_version_is_a_plain_name(tmp_path: Path, version: str) -> None:
    with pytest.raises(BundleError, match="no version"):
        registry.resolve(tmp_path, version)


def test_a_broken_pointer_is_named(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "active.json").write_text("{")
    with pytest.raises(BundleError, match=r"active\.json"):
        registry.active_path(tmp_path)
