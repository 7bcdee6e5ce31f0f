"""Templates: what they read, when they are offered, and what they say of mistakes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from replies.slots import Situation, slots
from replies.templates import parse_template
from tickets.errors import InvalidInputError
from tickets.records import Channel, Order, OrderItem, OrderState, Shipment

if TYPE_CHECKING:
    from tests.replies.conftest import Make, Text

SLOTS: dict[str, object] = {
    "locale": "en_001",
    "mood": "neutral",
    "escalate": False,
    "customer": {"name": "Anna Berg", "first_name": "Anna"},
    "order": {
        "id": "HP-1",
        "state": "shipped",
        "shipped_at": date(2026, 11, 12),
        "total": Decimal("12.50"),
        "currency": "EUR",
        "items": [{"name": "Tent", "quantity": 1}, {"name": "Rope", "quantity": 2}],
        "item_names": ["Tent", "Rope"],
    },
}


def test_front_matter_is_read(make: Make) -> None:
    template = make(
        "Hello",
        "delivery.delay.late_2",
        language="de",
        title="Zu spät",
        channels="[email, chat]",
        when='order.state == "late"',
        version=3,
        brand="Pine",
    )
    assert (template.id, template.intent, template.variant) == ("delivery.delay.late_2", "delivery.delay", "late_2")
    assert (template.language, template.title, template.version, template.brand) == ("de", "Zu spät", 3, "Pine")
    assert template.channels == (Channel.EMAIL, Channel.CHAT)
    assert template.when == 'order.state == "late"'
    assert template.conditions == {("order", "state")}


def test_left_out_fields_have_their_defaults(make: Make) -> None:
    template = make("Hello")
    assert (template.channels, template.when, template.version, template.brand) == ((), None, 1, None)
    assert all(template.allows(channel) for channel in (*Channel, None))


def test_a_template_goes_only_through_its_channels(make: Make) -> None:
    template = make("Hello", channels="[email, chat]")
    assert template.allows(Channel.CHAT)
    assert template.allows(None)
    assert not template.allows(Channel.MARKETPLACE)


def test_a_single_channel_needs_no_list(make: Make) -> None:
    assert make("Hello", channels="chat").channels == (Channel.CHAT,)


def test_the_language_no_is_norwegian_and_not_false(make: Make) -> None:
    assert make("Hei", language="no").language == "no"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Hi {{ customer.first_name }},", "Hi Anna,"),
        ("sent {{ order.shipped_at | day }}", "sent 12 November 2026"),
        ("{{ order.total | money }}", "€12.50"),
        ("{{ order.item_names | and_list }}", "Tent and Rope"),
        ("{% for item in order.items %}{{ item.quantity }} x {{ item.name }};{% endfor %}", "1 x Tent;2 x Rope;"),
        ("{% if order.tracking %}no{% else %}yes{% endif %}", "yes"),
        ("{% unless order.tracking %}yes{% endunless %}", "yes"),
        ("{% case order.state %}{% when 'late' %}late{% else %}fine{% endcase %}", "fine"),
        ("{{ order.tracking | default: 'none' }}", "none"),
        ("{% assign name = customer.first_name %}{{ name | upcase }}", "ANNA"),
        ("{% if order.item_names.size > 1 %}many{% endif %}", "many"),
        ("{% if order.tracking.size > 1 %}many{% else %}few{% endif %}", "few"),
        ("a  \n\n\n\n{% if order.tracking %}x{% endif %}\n\nb", "a\n\nb"),
        ("{% comment %}{{ nothing }} of this{% endcomment %}ok", "ok"),
        ("{% if not customer.level and (mood == 'neutral' or escalate) %}ok{% endif %}", "ok"),
    ],
)
def test_filled(make: Make, body: str, expected: str) -> None:
    assert make(body).render(SLOTS) == expected


@pytest.mark.parametrize(
    "body",
    [
        "{{ order.tracking }}",
        "{{ order.delivered_at | day }}",
        "{{ order.refund_amount | money }}",
        "{{ shop.name | upcase }}",
        "{{ 'x' | append: order.tracking }}",
        "{% if order %}{{ order.tracking }}{% endif %}",
        "{% assign number = order.tracking %}{{ number }}",
        "{% capture number %}{{ order.tracking }}{% endcapture %}x",
        "{% for item in order.items %}{{ item.sku }}{% endfor %}",
        "{{ shop.names | and_list }}",
        "{% if order.tracking %}{% endif %}",
    ],
)
def test_with_an_empty_slot_it_is_not_offered(make: Make, body: str) -> None:
    assert make(body).render(SLOTS) is None


@pytest.mark.parametrize(
    "body",
    [
        "{% for item in order.items %}{{ item }}{% endfor %}",
        "{{ order.items[0] }}",
        "{% assign all = order %}{{ all }}",
        "{% for field in order %}{{ field }}{% endfor %}",
        "{% assign names = order.item_names %}{{ names }}",
        "{% assign items = order.items %}{{ items | and_list }}",
        "{% for parcel in order.shipments %}{{ parcel.shipped_at }}{% endfor %}",
        "{% assign bought = order.placed_at %}{{ bought }}",
        "{% assign bought = order.placed_at %}{{ bought | append: '!' }}",
        "{% assign bought = order.placed_at %}{{ 'on ' | append: bought }}",
        "{% assign sum = order.total %}{% capture text %}{{ sum }}{% endcapture %}{{ text }}",
        "{{ escalate }}",
    ],
)
def test_what_a_machine_would_write_is_not_offered(make: Make, body: str) -> None:
    parcels = (Shipment("DHL", "T1", shipped_at=date(2026, 11, 1)), Shipment("DHL", "T2"))
    order = Order(
        "HP-1",
        OrderState.SHIPPED,
        placed_at=date(2026, 11, 1),
        total=Decimal(5),
        items=(OrderItem("Shirt", quantity=2),),
        shipments=parcels,
    )
    assert make(body).render(slots(Situation(order=order), "en")) is None


def test_an_amount_without_a_currency_is_not_offered(make: Make) -> None:
    assert make("{{ order.total | money }}").render({"order": {"total": Decimal(1)}}) is None


def test_values_are_data_and_never_liquid(make: Make) -> None:
    values: dict[str, object] = {"customer": {"name": "{{ order.id }}{% if %}"}, "order": {"id": "secret"}}
    assert make("To {{ customer.name }}").render(values) == "To {{ order.id }}{% if %}"


def test_required_slots_are_known_before_filling(make: Make) -> None:
    template = make("{{ order.id }} {{ order.total | money }} {{ shop.name | default: 'x' }}{% if mood %}{% endif %}")
    assert template.slots == {("order", "id"), ("order", "total"), ("order", "currency")}
    assert template.missing({"order": {"id": "1", "total": Decimal(1)}}) == "order.currency"
    assert template.missing(SLOTS) is None
    assert template.missing({}) == "order.currency"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('order.state == "shipped"', True),
        ('order.state == "late" or order.state == "shipped"', True),
        ('order.state == "late"', False),
        ("order", True),
        ("shop", False),
        ("not shop", True),
        ("order.tracking", False),
        ("escalate", False),
        ('order.state != "late" and mood == "neutral"', True),
        ('order.item_names contains "Rope"', True),
        ("order.shipped_at > 3", False),
        ("order.missing_size.size > 3", False),
        ("true", True),
    ],
)
def test_when(make: Make, condition: str, expected: bool) -> None:
    condition = condition.replace("missing_size", "tracking")
    assert make("Hello", when=condition).fits(SLOTS) is expected


def test_conditions_do_not_know_the_order_when_there_is_none(make: Make) -> None:
    assert not make("Hello", when='order.state == "late"').fits({})
    assert make("Hello", when="order == nil").fits({})


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        ("fine\n{{ custmer.name }}", 8, "did you mean 'customer'?"),
        ("{{ order.trackin }}", 7, "did you mean order.tracking?"),
        ("{{ weather }}", 7, "unknown variable 'weather'; known: agent, answer"),
        ("{{ mood.colour }}", 7, "unknown variable mood.colour"),
        ("{{ order[0] }}", 7, "name the field after a dot"),
        ("a\n\n{{ order.id | upcse }}", 9, "unknown filter 'upcse'; did you mean 'upcase'?"),
        ("{{ order.id | zzz }}", 7, "unknown filter 'zzz'; known: and_list"),
        (
            "{{ order.shipped_at }}",
            7,
            "order.shipped_at is written without a filter: write {{ order.shipped_at | day }}",
        ),
        ("{% if order %}\n{{ order.total }}\n{% endif %}", 8, "write {{ order.total | money }}"),
        ("{{ order.item_names | upcase }}", 7, "write {{ order.item_names | and_list }}"),
        ("{{ order.items }}", 7, "loop over it"),
        ("{{ order }}", 7, "name a field after a dot"),
        ("\n\n{{ order.id", 9, "{{ is never closed by }}"),
        ("{% if order %}\nx", 7, "expected tag endif"),
        ("{% include 'x' %}", 7, "unknown tag 'include'; known: #, assign"),
        ("x\n{% raw %}{% endraw %}", 8, "unknown tag 'raw'"),
        ("{% for i in (1..9) %}{% endfor %}", 7, "ranges like (1..9)"),
        ("   ", 7, "the template has no text"),
        ("a\x07b", 7, "the control character U+0007"),
    ],
)
def test_mistakes_in_the_text_are_named_with_their_line(text: Text, body: str, line: int, words: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_template(text(body), "folder/a.liquid")
    assert caught.value.field == f"folder/a.liquid:{line}"
    assert f"folder/a.liquid:{line}: " in caught.value.message
    assert words in caught.value.message


def test_all_mistakes_are_named_at_once(text: Text) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_template(text("{{ order.shipped_at }}\n{{ a }}\n{{ order.id | b }}", when="c"), "a.liquid")
    assert [line.split(": ")[0] for line in caught.value.message.split("\n")] == [
        "a.liquid:6",
        "a.liquid:8",
        "a.liquid:9",
        "a.liquid:10",
    ]


@pytest.mark.parametrize(
    ("matter", "line", "words"),
    [
        ({"id": None}, 1, "field 'id' is missing"),
        ({"title": None}, 1, "field 'title' is missing"),
        ({"title": "[a]"}, 5, "field 'title' is not text"),
        ({"title": "2026-11-21"}, 5, "field 'title' is not text"),
        ({"id": "order.status"}, 2, "is not <intent>.<variant>"),
        ({"id": "order.status.a.b"}, 2, "is not <intent>.<variant>"),
        ({"id": "order.status.A"}, 2, "is not <intent>.<variant>"),
        ({"intent": "Order Status"}, 3, "is no label"),
        ({"language": "deutsch"}, 4, "is no ISO 639-1 code"),
        ({"chanels": "[email]"}, 6, "unknown field 'chanels'"),
        ({"channels": "[email, pigeon]"}, 6, "unknown channel 'pigeon'"),
        ({"channels": "{a: b}"}, 6, "channels is no list of names"),
        ({"version": "0"}, 6, "version is no whole number from 1"),
        ({"version": "true"}, 6, "version is no whole number from 1"),
        ({"version": "'2'"}, 6, "version is no whole number from 1"),
        ({"when": "order.state = 1"}, 6, "when: "),
        ({"when": "order.stat == 'late'"}, 6, "did you mean order.state?"),
        ({"when": "'true %}{% if order'"}, 6, "when is one condition"),
        ({"when": "[order]"}, 6, "field 'when' is not text"),
        ({"title": "a: b"}, 5, "the front matter is no YAML: mapping values are not allowed"),
        ({"title": "!!python/object/apply:os.system [x]"}, 5, "could not determine a constructor"),
        ({"title": "'open"}, 5, "the front matter is no YAML"),
    ],
)
def test_mistakes_in_the_front_matter(text: Text, matter: dict[str, Any], line: int, words: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_template(text("Hello", **matter), "a.liquid")
    assert words in caught.value.message
    assert caught.value.field == f"a.liquid:{line}"


@pytest.mark.parametrize(
    ("whole", "words"),
    [
        ("", "does not start with a line '---'"),
        ("Hello", "does not start with a line '---'"),
        ("---\nid: a", "the front matter has no end"),
        ("---\n- a\n---\nx", "holds no fields"),
        ("---\n---\nx", "holds no fields"),
        ("---\n" + "x: " + "a" * 5000 + "\n---\nx", "longer than 4000 characters"),
        ("---\nid: " + "[" * 2000 + "\n---\nx", "more than 10 brackets"),
        ("---\n" + "- " * 1500 + "\n---\nx", "no plain YAML"),
        ("---\nid: 2026-99-99\n---\nx", "no plain YAML"),
        ("x" * 20_001, "20,001 characters; at most 20,000"),
    ],
)
def test_files_that_are_no_templates(whole: str, words: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_template(whole, "a.liquid")
    assert words in caught.value.message
    assert caught.value.status == 422
    assert caught.value.hint


def test_other_editors_line_ends_and_marks_are_read(text: Text) -> None:
    written = "\ufeff" + text("\nHello\n{{ customer.name }}").replace("\n", "\r\n")
    assert parse_template(written, "a.liquid").render(SLOTS) == "Hello\nAnna Berg"


def test_compiling_can_wait_until_the_first_use(text: Text) -> None:
    good = parse_template(text("Hello {{ customer.name }}"), "a.liquid", check=False)
    assert good.render(SLOTS) == "Hello Anna Berg"
    bad = parse_template(text("{{ custmer.name }}"), "a.liquid", check=False)
    with pytest.raises(InvalidInputError, match=r"a\.liquid:7: unknown variable 'custmer'"):
        bad.render(SLOTS)
    with pytest.raises(InvalidInputError):
        parse_template(text("Hello", language="deutsch"), "a.liquid", check=False)


def test_equal_conditions_are_compiled_once_and_answer_each_by_itself(make: Make) -> None:
    first, second = (make(name, f"order.status.{name}", when='order.state == "late"') for name in ("one", "two"))
    assert [first.fits({"order": {"state": state}}) for state in ("late", "shipped")] == [True, False]
    assert [second.fits({"order": {"state": state}}) for state in ("shipped", "late")] == [False, True]
