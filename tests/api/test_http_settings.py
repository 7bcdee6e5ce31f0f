from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.settings import PREFIX, Settings, SettingsError, load_settings, setting_name
from tests.checkout import needs_checkout

DOCUMENTED = Path(__file__).parents[2] / "docs" / "http.md"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(setting_name(field), raising=False)
    monkeypatch.chdir(tmp_path)


def test_defaults_are_those_of_the_contract(tmp_path: Path) -> None:
    settings = load_settings()
    assert settings.home == tmp_path / ".deskhand"
    assert settings.url == f"sqlite:///{tmp_path / '.deskhand' / 'deskhand.db'}"
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.model is None
    assert settings.encoder is None


def test_environment_beats_file_and_given_beats_both(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DESKHAND_PORT=1111\nDESKHAND_HOST=10.0.0.1\n")
    monkeypatch.setenv("DESKHAND_PORT", "2222")
    assert load_settings().port == 2222
    assert load_settings(port=3333).port == 3333
    assert load_settings().host == "10.0.0.1"
    assert load_settings(host=None).host == "10.0.0.1"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("DESKHAND_HOEM", "DESKHAND_HOME"),
        ("DESKHAND_DATABSE_URL", "DESKHAND_DATABASE_URL"),
        ("DESKHND_HOME", "DESKHAND_HOME"),
    ],
)
def test_unknown_name_in_the_environment_is_refused_with_the_nearest(
    monkeypatch: pytest.MonkeyPatch, name: str, hint: str
) -> None:
    monkeypatch.setenv(name, "x")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert caught.value.field == name
    assert hint in (caught.value.hint or "")


def test_unknown_name_in_the_file_is_refused_and_foreign_names_are_not(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("POSTGRES_PASSWORD=x\nHOME_DIRECTORY=y\n")
    load_settings()
    file.write_text("DESKHAND_MODELL=x\n")
    with pytest.raises(SettingsError, match="DESKHAND_MODELL") as caught:
        load_settings()
    assert "DESKHAND_MODEL" in (caught.value.hint or "")
    file.write_text("DESKHAND_PORT=abc\n")
    with pytest.raises(SettingsError, match=r"DESKHAND_PORT \('abc'\)"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "eighty"), ("PORT", "70000"), ("THREADS", "0"), ("LOG_LEVEL", "loud")]
)
def test_bad_value_names_setting_and_value(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert caught.value.field == PREFIX + name
    assert value in caught.value.message


def test_broken_webhook_secrets_are_refused_without_showing_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKHAND_WEBHOOK_SECRETS", '{"mydesk": "too short"}')
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "too short" not in caught.value.message
    monkeypatch.setenv("DESKHAND_WEBHOOK_SECRETS", "mydesk=hunter2hunter2hunter2")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "hunter2" not in caught.value.message


RECEIVER = {"url": "https://desk.example/hooks", "secret": "s" * 16}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"mydesk": {**RECEIVER, "secret": "hunter2"}}, "mydesk.secret"),
        ({"mydesk": {**RECEIVER, "url": "http://desk.example/hunter2"}}, "not encrypted"),
        ({"mydesk": {**RECEIVER, "url": "https://127.0.0.1/hunter2"}}, "allow_private"),
        ({"mydesk": {**RECEIVER, "url": "desk.example"}}, "no web address"),
        ({"mydesk": {"url": "https://desk.example/hunter2"}}, "mydesk.secret"),
        ({"mydesk": {**RECEIVER, "token": "hunter2"}}, "mydesk.token"),
        ({"My Desk": RECEIVER}, "My Desk"),
        ("hunter2", "webhook_urls"),
    ],
)
def test_broken_receivers_are_refused_without_showing_them(
    monkeypatch: pytest.MonkeyPatch, value: object, said: str
) -> None:
    monkeypatch.setenv("DESKHAND_WEBHOOK_URLS", value if isinstance(value, str) else json.dumps(value))
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert said in caught.value.message
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}"


def test_a_receiver_in_the_own_network_can_be_allowed() -> None:
    given = load_settings(webhook_urls={"mydesk": {**RECEIVER, "url": "http://10.0.0.1/", "allow_private": True}})
    assert given.webhook_urls["mydesk"].allow_private
    assert "s" * 16 not in repr(given)


def test_settings_survive_the_way_through_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = load_settings(
        home=tmp_path / "h",
        port=1234,
        demo=True,
        webhook_secrets={"mydesk": "s" * 16},
        webhook_urls={"mydesk": RECEIVER},
    )
    for name, value in first.environment().items():
        monkeypatch.setenv(name, value)
    assert load_settings(env_file=None) == first


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("shop.example", False)],  # noqa: S104
)
def test_loopback_is_recognised(host: str, expected: bool) -> None:
    assert Settings(host=host).is_loopback is expected


@needs_checkout
def test_every_setting_is_described_here_and_in_the_guide() -> None:
    guide = DOCUMENTED.read_text(encoding="utf-8")
    for field, info in Settings.model_fields.items():
        assert info.description, field
        assert setting_name(field) in guide, field


@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ_", min_size=1, max_size=20))
def test_no_name_with_the_prefix_gets_through_unknown(name: str) -> None:
    valid = {setting_name(field) for field in Settings.model_fields}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(PREFIX + name, "")
        if PREFIX + name in valid:
            return
        with pytest.raises(SettingsError):
            load_settings(env_file=None)
