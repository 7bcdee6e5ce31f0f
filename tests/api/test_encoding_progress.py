"""How far the encoding of new passages is: said by the service, and shown to a person at a terminal."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from api.cli.house import encoding_bar
from knowledge_base.records import Article
from knowledge_base.search import KnowledgeBase
from knowledge_base.store import ArticleStore
from tests.knowledge_base.hashing import HashingEncoder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.conftest import Service


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_readiness_counts_what_is_still_to_be_encoded(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def detail() -> str:
        return str(service.client.get("/readyz").json()["parts"]["knowledge_base"]["detail"])

    assert detail() == "0 passages"
    monkeypatch.setattr(KnowledgeBase, "pending", property(lambda _: 300))
    assert detail() == "0 passages, 300 still to be encoded: until then found by their words alone"


def test_a_refresh_tells_how_far_it_is(service: Service, tmp_path: Path) -> None:
    store = ArticleStore(service.services.database)
    store.apply([Article(f"page-{number}", "en", f"Page {number}", "Text.") for number in range(300)], source="kb")
    told: list[tuple[int, int]] = []
    base = KnowledgeBase(
        store,
        HashingEncoder(),
        encoder_digest="h",
        cache_dir=tmp_path,
        progress=lambda done, total: told.append((done, total)),
    )
    base.refresh()
    assert (told[0], told[-1]) == ((0, 300), (300, 300))
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    told.clear()
    base.refresh()
    assert told == []


def test_a_person_at_a_terminal_sees_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    show = encoding_bar(delay_s=0)
    assert show is not None
    for done in (0, 256, 512):
        show(done, 512)
    assert "encoding" in terminal.getvalue()
    assert "0/512" in terminal.getvalue()
    show(0, 2)
    assert "0/2 " in terminal.getvalue(), "the next ones have a bar of their own"
    show(2, 2)


def test_nothing_is_drawn_where_nobody_looks_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert encoding_bar() is None
