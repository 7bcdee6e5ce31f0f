"""A day begins and ends where the shop is: for what is found and shown, and for what is due for review."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
import time_machine
from typer.testing import CliRunner

from api.cli.application import build
from api.web.help_search import is_shown
from knowledge_base.records import Article

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.conftest import Service, StartService

LAST = date(2026, 12, 31)
# In Los Angeles it is 16:00 on 31 December, in Shanghai 08:00 on 1 January, less a minute.
EVENING = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
MIDNIGHT = datetime(2027, 1, 1, 0, 1, tzinfo=UTC)
SALE = Article("sale", "en", "Winter sale", "The winter sale gives ten percent.", valid_until=LAST, review_date=LAST)


def shop(start_service: StartService, home: Path, zone: str) -> Service:
    home.mkdir(exist_ok=True)
    (home / "shop.yaml").write_text(f"time_zone: {zone}\n", encoding="utf-8")
    service = start_service()
    service.services.articles.apply([SALE], source="kb")
    return service


@pytest.mark.parametrize(
    ("zone", "moment", "shown"),
    [
        ("America/Los_Angeles", MIDNIGHT, True),
        ("Asia/Shanghai", EVENING, False),
        ("UTC", EVENING, True),
        ("UTC", MIDNIGHT, False),
    ],
)
def test_an_article_is_valid_until_its_last_day_ends_at_the_shop(
    start_service: StartService, tmp_path: Path, zone: str, moment: datetime, shown: bool
) -> None:
    service = shop(start_service, tmp_path / "home", zone)
    base = service.services.knowledge_base
    assert base is not None
    base.refresh()
    with time_machine.travel(moment):
        assert bool(base.search("winter sale", language="en")) is shown
        assert ("Winter sale" in service.client.get("/help/en").text) is shown
        assert ("Winter sale" in service.client.get("/help/en/find?q=winter").text) is shown
        assert (service.client.get("/help/en/sale").status_code == 200) is shown


def test_a_review_is_due_when_its_day_begins_at_the_shop(start_service: StartService, tmp_path: Path) -> None:
    service = shop(start_service, tmp_path / "home", "America/Los_Angeles")
    key = service.headers()
    with time_machine.travel(datetime(2026, 12, 31, 7, tzinfo=UTC)):
        assert service.client.get("/v1/reviews", headers=key).json()["items"] == []
    with time_machine.travel(MIDNIGHT):
        (item,) = service.client.get("/v1/reviews", headers=key).json()["items"]
        assert (item["id"], item["days_overdue"]) == ("sale", 0)


def test_the_command_line_has_the_shops_day(
    start_service: StartService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop(start_service, tmp_path / "home", "America/Los_Angeles")
    monkeypatch.setenv("DESKHAND_HOME", str(tmp_path / "home"))
    with time_machine.travel(datetime(2026, 12, 31, 7, tzinfo=UTC)):
        answer = CliRunner().invoke(build(), ["kb", "review"])
        assert (answer.exit_code, answer.stdout) == (0, "")
        assert "until 2026-12-30" in answer.stderr


@pytest.mark.parametrize(("day", "shown"), [(LAST, True), (date(2027, 1, 1), False)])
def test_the_last_day_is_included(day: date, shown: bool) -> None:
    assert is_shown(SALE, None, day) is shown
