"""What an export writes, an import takes again without a change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from replies.exporting import file_name, template_file, write_templates
from replies.library import SHIPPED, load_folder
from replies.matter import Matter, parse_matter
from replies.store import TemplateState, TemplateStore
from tickets.database import Database
from tickets.errors import ConflictError, UnavailableError
from tickets.records import Channel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.replies.conftest import Make

MATTER = Matter(
    "order.status.ask", "order.status", "de", "Wo ist: die Bestellung?", (Channel.CHAT,), "not order", 3, None
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TemplateStore]:
    opened = Database.open("sqlite:///shop.db", home=tmp_path)
    yield TemplateStore(opened)
    opened.close()


def exported(store: TemplateStore, folder: Path) -> int:
    drafts = [record for record in store.records() if record.state is TemplateState.DRAFT]
    return write_templates(folder, [(item.matter(), item.body) for item in [*store.offered(), *drafts]])


def filled(store: TemplateStore, make: Make) -> None:
    store.put(make("Hello\n\n{{ order.id }}\n", version=4), actor="anna")
    store.put(make("---\nnot a fence", "item.wrong.own", title="'A: \"title\" # with all'"), actor="anna")
    store.put(
        make("für Pine", language="de", brand="Pine & Öak/../x", owner="Mia", review_date="2027-01-01"), actor="a"
    )
    store.put(make("one", "order.status.two", channels="[chat, email]", when="order.id"), actor="anna")
    store.put(make("two", "order.status.two"), actor="ben", state=TemplateState.DRAFT)


def test_an_export_is_imported_again_unchanged(store: TemplateStore, make: Make, tmp_path: Path) -> None:
    filled(store, make)
    folder = tmp_path / "out"
    assert exported(store, folder) == 5
    before = (store.records(), store.offered(), store.generation())
    report = store.import_path(folder, actor="ben")
    assert (report.added, report.updated, report.refused) == ((), (), ())
    assert len(report.unchanged) == 5
    assert (store.records(), store.offered(), store.generation()) == before


def test_another_shop_gets_the_same_templates(store: TemplateStore, make: Make, tmp_path: Path) -> None:
    filled(store, make)
    exported(store, tmp_path / "out")
    other = Database.open("sqlite:///other.db", home=tmp_path)
    try:
        there = TemplateStore(other)
        assert len(there.import_path(tmp_path / "out", actor="ben").added) == 4
        for ours, theirs in zip(
            [*store.offered(), *store.records()], [*there.offered(), *there.records()], strict=True
        ):
            assert replace(theirs, source=None, updated_at=ours.updated_at, approval=None) == replace(
                ours, source=None, approval=None
            )
        exported(there, tmp_path / "again")
    finally:
        other.close()
    first, second = (sorted((tmp_path / name).rglob("*.liquid")) for name in ("out", "again"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_the_shipped_library_goes_out_and_comes_back() -> None:
    for template in load_folder(SHIPPED / "ja")[0]:
        matter, body, _ = parse_matter(Path(template.source).read_text(encoding="utf-8"), template.source)
        again, text, _ = parse_matter(template_file(matter, body), "again")
        assert (replace(again, lines={}), text) == (replace(matter, lines={}), body)


def test_what_ships_is_not_copied_into_the_shops_own(store: TemplateStore, tmp_path: Path) -> None:
    shipped = [template for template in load_folder(SHIPPED / "en")[0] if template.intent == "order.status"]
    matters = [parse_matter(Path(item.source).read_text(encoding="utf-8"), item.source)[:2] for item in shipped]
    write_templates(tmp_path / "out", matters)
    assert len(store.import_path(tmp_path / "out", actor="ben").unchanged) == len(shipped)
    assert (store.records(), store.generation()) == ([], 0)
    file = tmp_path / "out/en/order.status.ask.liquid"
    file.write_text(file.read_text(encoding="utf-8") + "\nMore.\n", encoding="utf-8")
    assert store.import_path(tmp_path / "out", actor="ben").added == ("order.status.ask (en)",)
    # The shipped wording again is a change now, for the shop's own stood in its place.
    file.write_bytes(Path(next(i.source for i in shipped if i.id == "order.status.ask")).read_bytes())
    assert store.import_path(tmp_path / "out", actor="ben").updated == ("order.status.ask (en)",)


WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=60).filter(lambda s: s.strip())


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(title=WORDS, owner=WORDS, brand=WORDS, when=WORDS, body=st.text(max_size=80))
def test_any_field_survives(title: str, owner: str, brand: str, when: str, body: str) -> None:
    matter = replace(
        MATTER,
        title=title.strip(),
        owner=owner.strip(),
        brand=brand.strip(),
        when=when.strip(),
        review_date=date(2027, 2, 1),
        draft=True,
    )
    read, text, _ = parse_matter(template_file(matter, body), "x")
    assert replace(read, lines={}) == matter
    assert template_file(matter, text) == template_file(matter, body)


def test_brands_cannot_leave_the_folder_nor_meet(tmp_path: Path) -> None:
    names = [file_name(replace(MATTER, brand=brand)) for brand in ("../../etc", "a/b", "a b", "ab", None)]
    assert len(set(names)) == 5
    for name in names:
        assert (tmp_path / name).resolve().is_relative_to(tmp_path.resolve())


def test_languages_and_ids_cannot_leave_the_folder() -> None:
    odd = replace(MATTER, language="../../evil", id="order/../../status.ask")
    assert file_name(odd) == "-evil/order-..-..-status.ask.liquid"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    write_templates(tmp_path, [(MATTER, "one")])
    assert write_templates(tmp_path, [(MATTER, "one")]) == 1
    other = replace(MATTER, id="order.status.b")
    with pytest.raises(ConflictError, match="says something else"):
        write_templates(tmp_path, [(other, "x"), (MATTER, "two")])
    assert not (tmp_path / file_name(other)).exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError):
        write_templates(tmp_path / "file", [(MATTER, "one")])
