"""Building the house: an empty home, a broken bundle, settings that contradict each other, the shop's own files."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

import api.bundles
import api.wiring
from api.demo_shop import FOLDER
from api.secret_files import write_once
from api.settings import Settings
from api.shop import load_profile, read_file, read_profile, save_profile
from api.wiring import build, ensure_admin_key
from models.bundle import Bundle
from models.errors import BundleError
from models.registry import promote
from tickets.errors import InvalidInputError, UnavailableError
from tickets.records import Message, Order, OrderState


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, bundle: Bundle) -> None:
    monkeypatch.setattr(api.wiring, "load_bundle", lambda _: bundle)


def test_an_empty_home_is_furnished_and_works(home: Path) -> None:
    services = build(Settings(home=home))
    try:
        (decision,) = services.pipeline.decide([Message(text="Wo ist meine Bestellung? Ich warte seit Wochen.")])
        assert decision.language.code == "de"
        assert decision.suggestions
        assert all(part.ok for part in services.check())
    finally:
        services.close()


def test_a_broken_bundle_is_told_and_one_named_wrongly_is_refused(home: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(Bundle.default_path(), broken)
    (broken / "heads.safetensors").write_bytes(b"truncated")
    services = build(Settings(home=home, model=str(broken)))
    try:
        with pytest.raises(BundleError, match=r"heads\.safetensors"):
            _ = services.pipeline
        assert [part.name for part in services.check() if not part.ok] == ["model", "knowledge_base"]
    finally:
        services.close()
    with pytest.raises(BundleError, match="neither a folder nor a version") as named:
        build(Settings(home=home, model="no-such-model"))
    assert named.value.field == "DESKHAND_MODEL"


def test_another_encoder_is_refused_with_the_command_that_helps(home: Path) -> None:
    with pytest.raises(BundleError) as caught:
        build(Settings(home=home, encoder="all-MiniLM-L6-v2"))
    assert "deskhand train CORPUS --encoder all-MiniLM-L6-v2" in (caught.value.hint or "")


def test_a_promoted_bundle_decides_from_the_next_start_on(home: Path, tmp_path: Path) -> None:
    copy = tmp_path / "second"
    shutil.copytree(Bundle.default_path(), copy)
    manifest = (copy / "bundle.json").read_text()
    name = Bundle.default_path() / "bundle.json"
    assert name.read_text() == manifest
    build(Settings(home=home)).close()
    version = promote(home, str(copy))
    assert api.bundles.bundle_path(Settings(home=home)) == version.path
    assert api.bundles.bundle_path(Settings(home=home, model="shipped")) == Bundle.default_path()
    assert {entry.version for entry, _ in api.bundles.known_versions(Settings(home=home))} == {
        "shipped",
        version.version,
    }


def test_a_home_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError) as caught:
        build(Settings(home=tmp_path / "file" / "home"))
    assert caught.value.field == "DESKHAND_HOME"


@pytest.mark.usefixtures("quick")
def test_two_starts_at_one_moment_leave_one_key(home: Path) -> None:
    services = build(Settings(home=home))
    try:
        path = ensure_admin_key(services)
        plain = path.read_text().strip()
        path.unlink()
        real = write_once

        def late(target: Path, content: str) -> bool:
            real(target, plain)  # another worker was a moment earlier
            return real(target, content)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(api.wiring, "write_once", late)
            ensure_admin_key(services)
        assert path.read_text().strip() == plain
        assert [key.revoked_at is None for key in services.keys.list()] == [True, False]
    finally:
        services.close()


@pytest.mark.usefixtures("quick")
def test_the_shops_own_files_in_the_home_count(home: Path) -> None:
    home.mkdir()
    (home / "shop.yaml").write_text("name: Test Shop\nreturns_url: https://t.example\nfacts: {return_days: 14}\n")
    services = build(Settings(home=home))
    try:
        assert services.shop.name == "Test Shop"
        assert services.shop.facts == {"returns_url": "https://t.example", "return_days": "14"}
    finally:
        services.close()
    (home / "shop.yaml").write_text('name: Test Shop\noffice_hours: {open: "18:00", close: "09:00"}\n')
    with pytest.raises(InvalidInputError, match=r"shop\.yaml"):
        build(Settings(home=home))


@pytest.mark.parametrize("content", [b"name: [", b"- a\n", b"\xff\xfe", b"", b"a: " + b"x" * 300_000])
def test_a_broken_shop_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "shop.yaml"
    path.write_bytes(content)
    with pytest.raises(InvalidInputError, match=r"shop\.yaml"):
        read_file(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("signatur: Us", ["signatur is not a known field: did you mean signature?"]),
        ("return_url: https://t.example", ["did you mean returns_url?"]),
        ("office_hour: {}", ["did you mean office_hours?"]),
        ("founded: 2001-01-01", ["founded (2001-01-01) must be a text or a number"]),
        ("facts: {a: [1], b: 2}", ["facts.a (a list of 1) must be a text or a number"]),
        ("time_zone: Mars/Base", ["time_zone ('Mars/Base')"]),
        (
            'name: [1]\nnam: x\ntime_zone: Mars\noffice_hours: {days: [funday], open: "late", opens: 1}\nfacts: 3',
            [
                "name (a list of 1)",
                "did you mean name?",
                "time_zone",
                "days[0]",
                "office_hours.open ",
                "hours.opens",
                "facts",
            ],
        ),
        ("office_hours: 9 to 5", ["office_hours ('9 to 5') must be an object"]),
    ],
)
def test_every_wrong_field_of_a_shop_file_is_named(content: str, said: list[str]) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_profile(yaml.safe_load(content), "shop.yaml")
    for words in said:
        assert words in caught.value.message
    assert "facts:" in (caught.value.hint or "")
    assert "/docs" not in (caught.value.hint or "")


def test_facts_stand_at_the_top_or_under_facts() -> None:
    data = {
        "url": "https://t.example",
        "currency": "EUR",
        "our_motto": "Soon",
        "returns_url": None,
        "facts": {"vip": True},
    }
    shop = read_profile(data, "shop.yaml").shop
    assert shop.facts == {"url": "https://t.example", "currency": "EUR", "our_motto": "Soon", "vip": "True"}
    assert read_profile(read_file(FOLDER / "shop.yaml"), "shop.yaml").office is not None


OWN = """
name: Harbour & Pine
signature: The Harbour & Pine team
time_zone: Europe/Amsterdam
office_hours: {days: [mon, tue], open: "09:00", close: "18:00"}
facts: {return_days: "30"}
"""


@pytest.mark.usefixtures("quick")
def test_a_shop_is_checked_kept_and_found_again(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(OWN)
    services = build(Settings(home=home))
    try:
        saved = save_profile(services.database, path)
        assert saved.shop.name == "Harbour & Pine"
        assert saved.shop.facts == {"signature": "The Harbour & Pine team", "return_days": "30"}
        assert saved.office is not None
        assert load_profile(services.database, home) == saved
        path.write_text("name: [1]")
        with pytest.raises(InvalidInputError, match=r"shop\.yaml"):
            save_profile(services.database, path)
        assert load_profile(services.database, home) == saved
    finally:
        services.close()


def test_an_unnamed_shop_is_one_too() -> None:
    assert read_profile({}, "nothing").shop.name is None


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("hours", ["", "office_hours: {open: '9:00'}\n"])
def test_an_order_is_late_by_the_shops_own_day(home: Path, hours: str) -> None:
    now = datetime.now(UTC)
    # One of these has another day than Greenwich at any hour.
    zone = "Pacific/Kiritimati" if now.hour >= 11 else "Pacific/Pago_Pago"
    home.mkdir()
    (home / "shop.yaml").write_text(f"time_zone: {zone}\n{hours}", encoding="utf-8")
    services = build(Settings(home=home))
    try:
        expected = min(now.date(), now.astimezone(ZoneInfo(zone)).date())
        services.orders.put_many([Order("HP-1", OrderState.SHIPPED, expected_at=expected)])
        found = services.orders.get("HP-1")
        assert found is not None
        assert (found.state is OrderState.LATE) is (zone == "Pacific/Kiritimati")
    finally:
        services.close()
