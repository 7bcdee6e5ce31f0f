"""Notices to customers: twelve languages, every stage, no gap, no promise that nobody made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from replies.lint import lint_file, text_problems
from replies.marketplaces import violations
from replies.notices import SHIPPED, NoticeTexts, Promise, Stage
from replies.samples import situations
from replies.slots import Situation
from tickets.errors import InvalidInputError
from tickets.records import Channel, Customer, Shop

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = NoticeTexts.load()
LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr", "zh")
# A Tuesday, 17:00 in Amsterdam.
DUE = Promise(datetime(2026, 11, 24, 16, 0, tzinfo=UTC), "Europe/Amsterdam")
TIMES = {
    "ar": "الثلاثاء 24 نوفمبر، الساعة 5:00 م (بتوقيت أمستردام)",
    "de": "Dienstag, 24. November, um 17:00 Uhr (Ortszeit Amsterdam)",
    "en": "Tuesday, 24 November, 5:00 pm (Amsterdam time)",
    "es": "martes 24 de noviembre a las 17:00 (hora de Ámsterdam)",
    "fr": "mardi 24 novembre à 17:00 (heure locale : Amsterdam)",
    "it": "martedì 24 novembre alle ore 17:00 (ora di Amsterdam)",
    "ja": "11月24日（火曜日）17:00（アムステルダム時間）",
    "nl": "dinsdag 24 november om 17:00 uur (tijd in Amsterdam)",
    "pl": "24 listopada, godz. 17:00 (strefa czasowa: Amsterdam)",
    "pt": "terça-feira, 24 de novembro, às 17:00 (horário de Amsterdã)",
    "tr": "24 Kasım Salı, saat 17:00 (Amsterdam saatiyle)",
    "zh": "11月24日（星期二）17:00（阿姆斯特丹时间）",
}


def filled(stage: Stage, language: str, situation: Situation, promise: Promise | None = DUE) -> str:
    found = TEXTS.fill(stage, language, situation, promise)
    assert found is not None
    assert found.language == language
    assert found.subject
    return found.text.replace("\u202f", " ").replace("\xa0", " ")


def test_every_language_tells_every_stage() -> None:
    assert TEXTS.languages == set(LANGUAGES)


@pytest.mark.parametrize("file", sorted(SHIPPED.rglob("*.liquid")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_shipped_file_is_clean(file: Path) -> None:
    template, findings = lint_file(file)
    assert findings == []
    assert template is not None
    assert template.language == file.parent.name


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_situation_leaves_a_gap_or_contact_data(language: str) -> None:
    for stage in Stage:
        for name, situation in situations(language):
            for promise in (DUE, None):
                text = filled(stage, language, situation, promise)
                assert text_problems(text.replace("\u200e", "")) == [], (stage, name)
                if promise is None and situation.named_order is None:
                    assert not violations(text), (stage, name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_promise_is_told_as_the_language_tells_times(language: str) -> None:
    for stage in (Stage.RECEIVED, Stage.DELAYED):
        text = filled(stage, language, Situation())
        assert TIMES[language] in text
        assert "17" not in filled(stage, language, Situation(), None)
    for stage in (Stage.WAITING, Stage.SOLVED):
        assert filled(stage, language, Situation()) == filled(stage, language, Situation(), None)


def test_a_promise_is_rounded_up_to_the_hour_and_told_on_the_shops_clock() -> None:
    late = Promise(datetime(2026, 11, 24, 15, 0, 1, tzinfo=UTC), "Europe/Amsterdam")
    assert "5:00 pm (Amsterdam time)" in filled(Stage.RECEIVED, "en", Situation(), late)
    assert "4:00 pm (UTC time)" in filled(Stage.RECEIVED, "en", Situation(), Promise(DUE.at))
    over_midnight = Promise(datetime(2026, 11, 24, 15, 30, tzinfo=UTC), "Asia/Tokyo")
    assert "11月25日（水曜日）1:00（東京時間）" in filled(Stage.RECEIVED, "ja", Situation(), over_midnight)


def test_name_order_and_signature_are_told_where_they_are_known() -> None:
    known = Situation(
        customer=Customer(name="Anna Berg"),
        named_order="HP-1",
        shop=Shop("S", {"signature": "Mia"}),
        channel=Channel.EMAIL,
    )
    text = filled(Stage.RECEIVED, "de", known)
    assert text.startswith("Guten Tag Anna,")
    assert "zur Bestellung HP-1" in text
    assert text.endswith("Mit freundlichen Grüßen\nMia")


def test_an_unknown_language_gets_english() -> None:
    found = TEXTS.fill(Stage.SOLVED, "sv", Situation(), None)
    assert found is not None
    assert found.language == "en"
    assert TEXTS.fill(Stage.SOLVED, "de-AT", Situation(), None) == TEXTS.fill(Stage.SOLVED, "de", Situation(), None)


def own(folder: Path, text: str, name: str = "notice.received.liquid") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


HEAD = "---\nid: notice.received\nintent: notice\nlanguage: en\ntitle: Thanks!\n---\n"


def test_a_shops_own_words_stand_in_for_the_shipped_ones(tmp_path: Path) -> None:
    texts = NoticeTexts.load(own(tmp_path / "notices", f"{HEAD}We are on it.\n"))
    found = texts.fill(Stage.RECEIVED, "en", Situation(), DUE)
    assert found is not None
    assert (found.subject, found.text) == ("Thanks!", "We are on it.")
    german = texts.fill(Stage.RECEIVED, "de", Situation(), DUE)
    assert german == TEXTS.fill(Stage.RECEIVED, "de", Situation(), DUE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{HEAD}Hello {{{{ customer.nam }}}}\n", "unknown variable customer.nam"),
        (HEAD.replace("received", "arrived") + "x\n", "notice.arrived is no notice"),
        (f"{HEAD}", "no text"),
        ("no front matter", "does not start with"),
    ],
)
def test_own_words_that_cannot_be_used_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        NoticeTexts.load(own(tmp_path / "notices", text))
