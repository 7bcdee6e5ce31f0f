"""Who gets a notice: off by default, never on marketplaces, never to programs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from replies.notices import Stage
from tests.tickets.makers import a_decision
from tickets.errors import InvalidInputError
from tickets.records import Channel, Customer, Message
from triage.notices import NoticeContext, NoticePolicy, WhyNot, why_not

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = NoticePolicy.load()
ON = SHIPPED.model_copy(update={"send": True})


def context(intent: str | None = "delivery.delay", reasons: tuple[str, ...] = (), **message: Any) -> NoticeContext:
    given = {"text": "Where is my parcel?", "channel": Channel.EMAIL, **message}
    return NoticeContext(Message(**given), intent, reasons)


def policy(tmp_path: Path, text: str) -> NoticePolicy:
    path = tmp_path / "notices.yaml"
    path.write_text(text, encoding="utf-8")
    return NoticePolicy.load(path)


def test_nothing_is_sent_until_the_shop_says_so() -> None:
    assert why_not(SHIPPED, Stage.RECEIVED, context()) is WhyNot.OFF
    assert why_not(ON, Stage.RECEIVED, context()) is None


@pytest.mark.parametrize("stage", sorted(Stage))
def test_stages_that_ask_something_of_customers_are_off_by_themselves(stage: Stage) -> None:
    wanted = None if stage in {Stage.RECEIVED, Stage.DELAYED} else WhyNot.STAGE
    assert why_not(ON, stage, context()) is wanted


@pytest.mark.parametrize("channel", [None, *Channel])
def test_only_mail_and_forms_get_one(channel: Channel | None) -> None:
    found = why_not(ON, Stage.RECEIVED, context(channel=channel))
    if channel is Channel.MARKETPLACE:
        assert found is WhyNot.MARKETPLACE
    else:
        assert found is (None if channel in {Channel.EMAIL, Channel.FORM} else WhyNot.CHANNEL)


@pytest.mark.parametrize("name", ["amazon", "Amazon.de", "ebay", "walmart", "aliexpress", "a new one"])
def test_no_marketplace_gets_one_even_by_mail(name: str) -> None:
    assert why_not(ON, Stage.RECEIVED, context(marketplace=name)) is WhyNot.MARKETPLACE


def test_a_marketplace_that_the_shop_names_gets_one_but_amazon_never(tmp_path: Path) -> None:
    named = policy(tmp_path, "send: true\nmarketplaces: [otto]\n")
    assert why_not(named, Stage.RECEIVED, context(marketplace="Otto.de", channel=Channel.MARKETPLACE)) is None
    assert why_not(named, Stage.RECEIVED, context(marketplace="ebay")) is WhyNot.MARKETPLACE
    branch = policy(tmp_path, "send: true\nmarketplaces: [otto.de]\n")
    assert why_not(branch, Stage.RECEIVED, context(marketplace="Otto.de", channel=Channel.MARKETPLACE)) is None
    for name in ("amazon", "amazon.de", "amazon_us"):
        with pytest.raises(InvalidInputError, match="amazon takes no automatic reply"):
            policy(tmp_path, f"marketplaces: [{name}]\n")


@pytest.mark.parametrize(
    "headers",
    [
        {"auto-submitted": "auto-replied"},
        {"Auto-Submitted": " Auto-Generated; owner-email=x"},
        {"precedence": "bulk"},
        {"X-Auto-Response-Suppress": "OOF, DR"},
        {"list-id": "<news.shop.example>"},
        {"x-autoreply": "yes"},
    ],
)
def test_a_mail_that_a_program_wrote_gets_none(headers: dict[str, str]) -> None:
    assert why_not(ON, Stage.RECEIVED, context(headers=headers)) is WhyNot.AUTOMATIC


@pytest.mark.parametrize("headers", [{"auto-submitted": "no"}, {"precedence": "normal"}, {"x-other": "bulk"}, {}])
def test_a_mail_of_a_person_gets_one(headers: dict[str, str]) -> None:
    assert why_not(ON, Stage.RECEIVED, context(headers=headers)) is None


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: We have your message",
        "Abwesenheitsnotiz: Ihre Nachricht ist angekommen",
        "Réponse automatique : votre message",
        "Respuesta automática: su mensaje",
        "RISPOSTA AUTOMATICA: il suo messaggio",
        "Resposta automática: a sua mensagem",
        "Automatisch antwoord: uw bericht",
        "Odpowiedź automatyczna: wiadomość",
        "Otomatik yanıt: Mesajınız",
        "自動返信：お問い合わせ",
        "自动回复：您好",
        "رد تلقائي: وصلتنا رسالتكم",
        "Undeliverable: We have your message",
    ],
)
def test_absences_and_bounces_are_known_by_their_subject(subject: str) -> None:
    assert why_not(ON, Stage.RECEIVED, context(subject=subject)) is WhyNot.AUTOMATIC


@pytest.mark.parametrize(
    ("email", "wanted"),
    [
        ("MAILER-DAEMON@mail.example", WhyNot.AUTOMATIC),
        ("no-reply@shop.example", WhyNot.AUTOMATIC),
        ("bounces+4711=anna@mail.example", WhyNot.AUTOMATIC),
        ("noreen@mail.example", None),
        ("anna@noreply.example", None),
        (None, None),
    ],
)
def test_senders_that_nobody_reads_get_none(email: str | None, wanted: WhyNot | None) -> None:
    assert why_not(ON, Stage.RECEIVED, context(customer=Customer(email=email))) is wanted


@pytest.mark.parametrize(
    ("intent", "reasons", "text", "wanted"),
    [
        ("other.spam", (), "Buy followers", WhyNot.INTENT),
        ("service.thanks", (), "Thank you!", WhyNot.INTENT),
        ("item.defective", ("safety",), "The charger burned my hand", WhyNot.REASON),
        ("service.complaint", (), "I want to kill myself", WhyNot.REASON),
        ("service.complaint", ("legal",), "My lawyer will write", None),
        (None, (), "Hm", None),
    ],
)
def test_some_matters_want_a_person_first(
    intent: str | None, reasons: tuple[str, ...], text: str, wanted: WhyNot | None
) -> None:
    assert why_not(ON, Stage.RECEIVED, context(intent, reasons, text=text)) is wanted


def test_where_the_head_abstains_its_first_guess_counts() -> None:
    found = NoticeContext.of(Message("x"), a_decision(intent=None))
    assert found.intent == "delivery.delay"
    assert found.reasons == ("deadline",)


def test_what_a_file_leaves_out_is_as_it_ships(tmp_path: Path) -> None:
    own = policy(tmp_path, "send: true\nstages: {waiting: {send: true}, delayed: {send: false}}\n")
    assert own.plan(Stage.WAITING).after == timedelta(days=3)
    assert own.plan(Stage.RECEIVED).send
    assert not own.plan(Stage.DELAYED).send
    assert own.automatic == SHIPPED.automatic
    assert own.most_a_day == SHIPPED.most_a_day
    for stage in Stage:
        assert NoticePolicy().plan(stage) == SHIPPED.plan(stage), "the code and the file that ships say the same"
    assert NoticePolicy().channels == SHIPPED.channels
    assert (NoticePolicy().not_intents, NoticePolicy().not_reasons) == (SHIPPED.not_intents, SHIPPED.not_reasons)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sent: true\n", "unknown key 'sent'"),
        ("stages: {arrived: {send: true}}\n", "stages"),
        ("stages: {waiting: {after_minutes: -1}}\n", "after_minutes"),
        ("most_a_day: {thread: 0}\n", "thread"),
        ("automatic: {headers: {subject: [x]}}\n", "headers"),
        ("channels: [mail]\n", "channels"),
        ("send: [\n", "no|valid YAML"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message) as caught:
        policy(tmp_path, text)
    assert "notices.yaml" in caught.value.message
    assert caught.value.hint
