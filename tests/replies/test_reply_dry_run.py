"""The dry run finds what it is for, covers the whole product, and finds nothing in the shipped library."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from replies.dry_run import CHANNELS, MARKETPLACES, DryRun, _Axes, dry_run
from replies.dry_run_command import main, tell_languages
from replies.library import SHIPPED, load_folder
from replies.samples import MOODS, dry_customers, dry_orders, full_situation
from replies.slots import slots
from tests.checkout import ROOT, needs_checkout
from tickets.records import Channel, OrderState

if TYPE_CHECKING:
    from pathlib import Path

    from replies.templates import Template
    from tests.replies.conftest import Make, Text

TEMPLATES, _ = load_folder(SHIPPED)
LANGUAGES = sorted({template.language for template in TEMPLATES})
EVERYTHING = len(list(dry_orders())) * len(list(dry_customers("en"))) * len(MOODS) * 2 * 2 * 2 * 2


def told(texts: Sequence[str]) -> list[str]:
    return ["de" if "Guten" in text else "en" for text in texts]


def run(template: Template) -> DryRun:
    return dry_run([template], told)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("Hello {{ order.id }} and all the best to you.", None),
        ("Hello, this is **bold** and all the best to you.", "markup"),
        ("Hello {{ customer.first_name | default: '' }}, all the best to you.", "empty_slot"),
        ("Hello, write to help@pine.example and all the best.", "blocked"),
        ("Guten Tag, wo ist denn Ihre Bestellung geblieben?", "wrong_language"),
    ],
)
def test_each_fault_is_found(make: Make, body: str, kind: str | None) -> None:
    counts = run(make(body)).counts()
    assert {name for name, count in counts.items() if count} == ({kind} if kind else set())


def test_the_whole_product_is_covered_whatever_a_template_looks_at(make: Make) -> None:
    places = len(CHANNELS) * len(MARKETPLACES)
    plain = run(make("Hello, all the best to you."))
    assert plain.situations == plain.filled == EVERYTHING * places
    assert plain.texts == 1
    named = (
        "customer.first_name",
        "order.id",
        "mood",
        "channel",
        "marketplace",
        "agent.name",
        "shop.name",
        "answer.title",
    )
    outputs = " ".join(f"{{{{ {name} | default: 'none' }}}}" for name in named)
    nosy = make(f"{outputs} {{% if escalate %}}high{{% endif %}}")
    assert run(nosy).situations == EVERYTHING * places
    chat = make("Hello, all the best to you.", channels="[chat, email]")
    allowed = sum(chat.allows(channel) for channel in CHANNELS)
    assert 2 <= allowed < len(CHANNELS)
    assert run(chat).situations == EVERYTHING * allowed * len(MARKETPLACES)


def test_what_is_never_filled_is_named(make: Make) -> None:
    assert run(make("Hello", when='order.state == "lost"')).never == ["order.status.ask (en)"]
    assert run(make("{{ order.tracking }}")).never == []


def test_axes_give_what_a_whole_situation_gives() -> None:
    full = full_situation("de", OrderState.SHIPPED)
    axes = _Axes("de")
    for inside, channel in ((False, Channel.EMAIL), (True, Channel.MARKETPLACE)):
        for (_, order, named), point in zip(dry_orders(), axes.orders[inside], strict=True):
            for (_, customer), who in zip(dry_customers("de"), axes.customers, strict=True):
                situation = replace(full, order=order, named_order=named, customer=customer, channel=channel)
                parts = (point, who, axes.shops[inside][0], axes.answers[0], axes.agents[0])
                values = {name: value for part in parts for name, value in part.values.items()}
                values |= {"mood": "neutral", "escalate": False, "channel": channel.value}
                assert values == slots(situation, "de")


def test_hostile_orders_and_customers_leave_no_trace(make: Make) -> None:
    done = run(
        make(
            "Hello {{ customer.name | default: 'you' }}, {{ order.item_names | and_list }} with {{ order.carrier }}, "
            "{{ order.tracking | default: 'no number' }} and {{ message.order | default: 'none' }}."
        )
    )
    assert done.filled > 0
    assert done.counts()["markup"] == 0


@pytest.mark.parametrize("intent", ["order.status", "refund.status"])
def test_everyday_replies_pass_in_every_situation(intent: str) -> None:
    chosen = [item for item in TEMPLATES if item.intent == intent and item.language in ("ar", "ja")]
    done = dry_run(chosen, None)
    assert [str(fault) for fault in done.faults] == []
    assert done.never == []


# Half a minute a language: `make soak` and `python -m benchmarks reply_dry_run` go through all of them.
@pytest.mark.soak
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_shipped_reply_passes_in_every_situation(language: str) -> None:
    done = dry_run([item for item in TEMPLATES if item.language == language], tell_languages)
    assert [str(fault) for fault in done.faults] == []
    assert done.never == []
    assert done.told > done.templates


def test_the_command_prints_counts_and_writes_them(
    tmp_path: Path, text: Text, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, body in (("good", "Hello, thank you very much for your kind message."), ("bad", "Hello **you** there.")):
        (tmp_path / f"order.status.{name}.liquid").write_text(text(body, f"order.status.{name}"), encoding="utf-8")
    out = tmp_path / "out.json"
    assert main([str(tmp_path), "--json", str(out), "--processes", "1"]) == 1
    written = json.loads(out.read_text(encoding="utf-8"))
    assert written["figures"]["templates"] == 2
    assert (written["faults"]["markup"], written["faults"]["empty_slot"]) == (1, 0)
    assert "markup: order.status.bad (en)" in capsys.readouterr().out
    (tmp_path / "order.status.bad.liquid").unlink()
    assert main([str(tmp_path), "--processes", "1"]) == 0


@needs_checkout
def test_the_committed_run_found_nothing() -> None:
    path = ROOT / "benchmarks" / "results" / "reply_dry_run.json"
    result = json.loads(path.read_text(encoding="utf-8"))
    assert {target["figure"] for target in result["targets"]} == {0.0}
    assert result["figures"]["templates"] >= 1920
    assert result["figures"]["never_filled"] == 0
