"""Hostile templates: whatever is written, the answer comes soon, takes little memory and is an error or a text."""

from __future__ import annotations

import threading
import time
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replies.samples import full_situation
from replies.slots import slots
from replies.templates import parse_template
from tickets.errors import InvalidInputError
from tickets.records import OrderState

if TYPE_CHECKING:
    from tests.replies.conftest import Text

HEAD = "---\nid: a.b\nintent: a\nlanguage: en\ntitle: t\n---\n"
VALUES = slots(full_situation("en", OrderState.DELIVERED), "en")

DOUBLED = "{% assign a = 'aaaaaaaaaaaaaaaaaaaa' %}" + "{% assign a = a | append: a %}" * 60 + "{{ a }}"
CAPTURED = (
    "{% capture a %}xxxxxxxxxx{% endcapture %}" + "{% capture a %}{{ a }}{{ a }}{% endcapture %}" * 60 + "{{ a }}"
)
NESTED_LOOPS = "{% for a in order.items %}" * 12 + "{{ order.id }}" + "{% endfor %}" * 12


@pytest.mark.parametrize("body", [DOUBLED, CAPTURED, NESTED_LOOPS])
def test_bombs_are_stopped(body: str) -> None:
    template = parse_template(HEAD + body, "bomb.liquid")
    tracemalloc.start()
    started = time.process_time()
    assert template.render(VALUES) is None
    seconds, (_, peak) = time.process_time() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < 1
    assert peak < 4_000_000


@pytest.mark.parametrize(
    "body",
    [
        "{{" * 9000,
        "{%" * 9000,
        "{{ a" + " " * 15_000,
        "{{ a" + " " * 15_000 + "}}",
        "{% if" + " " * 15_000 + "%}",
        "{% raw %}" * 2000,
        "{% comment %}" * 1500,
        "{{ a" + "[" * 9000 + "}}",
        "{% if " + "(" * 400 + " %}x{% endif %}",
        "{{ order" + ".a" * 200 + " }}",
        "{{ order" + "[order" * 70 + "]" * 70 + " }}",
        "{% if order %}" * 400,
        "{% for i in (1..1000000000000) reversed %}x{% endfor %}",
        "{{ (1..1000000000000) | and_list }}",
        "{{ '" + "a" * 600 + "' }}",
        "{{ order.id | replace: '', 'aaaaaaaa' }}",
        "{{ 'now' | date: '%999999999d' }}",
        "{% include 'secret' %}",
        "{% render 'secret' %}",
        "{% liquid echo order.id %}",
        "{% tablerow a in order.items %}{% endtablerow %}",
        "{% increment a %}",
        "\x00",
        "\ud800",
        "{{ \u202e }}",
    ],
)
def test_what_could_cost_much_is_refused_at_once(body: str) -> None:
    started = time.process_time()
    with pytest.raises(InvalidInputError) as caught:
        parse_template(HEAD + body, "bad.liquid")
    assert time.process_time() - started < 1
    assert caught.value.message.startswith("bad.liquid:7: ")


@pytest.mark.parametrize("body", ["{{ order.__class__ }}", "{{ customer.name.__init__ }}", "{{ shop.keys }}"])
def test_python_is_out_of_reach(body: str) -> None:
    try:
        template = parse_template(HEAD + body, "a.liquid")
    except InvalidInputError:
        return
    assert template.render(VALUES) is None


def merged(times: int) -> str:
    """Return front matter whose lines merge the one before them many times."""
    lines = ["x: &a {z: 1}"]
    for before, name in zip("abc", "bcd", strict=True):
        lines.append(f"x{name}: &{name} {{<<: [{','.join([f'*{before}'] * times)}]}}")
    return "\n".join(lines)


@pytest.mark.parametrize("matter", [merged(300), merged(2), "title: &t x\nwhen: *t"])
def test_values_that_are_named_again_are_refused_unread(matter: str) -> None:
    started = time.process_time()
    with pytest.raises(InvalidInputError, match="names a value again"):
        parse_template(HEAD.removesuffix("---\n") + f"{matter}\n---\nhi\n", "a.liquid")
    assert time.process_time() - started < 1


def test_a_title_may_hold_the_signs_of_yaml() -> None:
    named = HEAD.replace("title: t", 'title: "Q&A *now*"')
    assert parse_template(f"{named}hi\n", "a.liquid").title == "Q&A *now*"


@pytest.mark.parametrize("matter", ["[" * 3900, "- " * 1900, "? " * 1900, "{a: " * 900, "&a [*a]", "'" * 3000])
def test_deep_yaml_does_not_overrun_a_small_stack(matter: str) -> None:
    caught: list[Exception] = []

    def read() -> None:
        try:
            parse_template(f"---\n{matter}\n---\nhi\n", "a.liquid")
        except InvalidInputError as error:
            caught.append(error)

    before = threading.stack_size(512 * 1024)
    try:
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert len(caught) == 1


PIECES = (
    "{{ }} {% %} {%- -%} order .id .items customer if endif for in endfor limit offset reversed | : , ' \" ( ) [ ] .. "
    "1 day money and_list upcase append default truncate capitalize strip == != < > contains and or not nil empty "
    "assign = capture endcapture x é # comment endcomment case when endcase unless endunless break continue - \n"
)
LIQUID = st.lists(st.sampled_from([*PIECES.split(" "), " "]), max_size=60).map(" ".join)


def refused(error: InvalidInputError) -> bool:
    return error.message.startswith("a.liquid:") and str(error.field).startswith("a.liquid:")


@given(LIQUID)
def test_any_liquid_is_refused_or_filled(body: str) -> None:
    try:
        template = parse_template(HEAD + body, "a.liquid")
    except InvalidInputError as error:
        assert refused(error)  # noqa: PT017 most inputs are refused, some are not
        return
    filled = template.render(VALUES)
    assert filled is None or filled.strip() == filled != ""


@given(st.text(max_size=300))
def test_any_text_is_refused_or_read(whole: str) -> None:
    for text in (whole, f"---\n{whole}\n---\nx", HEAD + whole):
        try:
            parse_template(text, "a.liquid")
        except InvalidInputError as error:
            assert refused(error)  # noqa: PT017 most inputs are refused, some are not


@given(LIQUID)
def test_any_condition_is_refused_or_answered(condition: str) -> None:
    quoted = condition.replace("'", "''")
    try:
        template = parse_template(HEAD.replace("title: t", f"title: t\nwhen: '{quoted}'") + "x", "a.liquid")
    except InvalidInputError:
        return
    assert template.fits(VALUES) in {True, False}


def test_a_long_template_of_many_tags_is_quick(text: Text) -> None:
    body = "{% if order %}{{ order.id }} is {{ order.state }}{% endif %}\n" * 120
    started = time.process_time()
    filled = parse_template(text(body), "a.liquid").render(VALUES)
    assert time.process_time() - started < 1
    assert filled is not None
    assert filled.count("HP-100017 is delivered") == 120
