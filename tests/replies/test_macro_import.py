"""Macros of three help desks, in the shapes that their interfaces document, become drafts."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from replies.macros.importing import RETIRED, MacroSource, import_macros
from replies.macros.records import Desk, Guess, MacroReport, Unmapped
from replies.macros.reporting import safe_cell, write_report
from replies.macros.shapes import INACTIVE, INTERNAL, NO_TEXT, desk_of, read_macros
from replies.marks import open_marks
from replies.samples import full_situation
from replies.slots import slots
from replies.store import TemplateKey, TemplateState, TemplateStore
from replies.templates import parse_template
from tickets.database import Database
from tickets.errors import InvalidInputError, NotFoundError
from tickets.records import Channel, OrderState

if TYPE_CHECKING:
    from collections.abc import Iterator

SHAPES = Path(__file__).parent / "macros"
GERMAN = ("Danke", "Rückgabe", "Ihre Bestellung")


def propose(texts: Sequence[str]) -> list[Guess]:
    """Stand in for the brain: what matters here is what becomes of its proposals."""
    return [
        Guess("refund.status" if "refund" in text else "order.status", 0.7, "de" if _german(text) else "en")
        for text in texts
    ]


def _german(text: str) -> bool:
    return any(word in text for word in GERMAN)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TemplateStore]:
    opened = Database.open("sqlite:///shop.db", home=tmp_path)
    yield TemplateStore(opened)
    opened.close()


def imported(store: TemplateStore, path: Path, **more: Any) -> MacroReport:
    return import_macros(store, MacroSource(path, **more), propose, actor="import")


def written(folder: Path, content: object, name: str = "macros.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def zendesk(text: str, number: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": number, "title": f"T{number}", "actions": [{"field": "comment_value", "value": text}], **more}


def test_zendesk(store: TemplateStore) -> None:
    report = imported(store, SHAPES / "zendesk.json")
    assert [(taken.template, taken.language, taken.change) for taken in report.taken] == [
        ("order.status.zendesk_25", "en", "added"),
        ("refund.status.zendesk_26", "en", "added"),
        ("order.status.zendesk_30", "en", "added"),
    ]
    drafts = {record.id: record for record in store.records()}
    assert {record.state for record in drafts.values()} == {TemplateState.DRAFT}
    assert store.templates() == ([], [])
    shipping = drafts["order.status.zendesk_25"]
    assert shipping.title == "Shipping::Where is my parcel"
    assert shipping.body == (
        "Hello {{ customer.first_name }},\n\n"
        "your case {% comment %}unknown placeholder: ticket.id{% endcomment %} is with our warehouse. You can follow "
        "it on our tracking page (https://www.harbourandpine.example/track).\n\n"
        "Kind regards,\n{{ agent.first_name }}"
    )
    refund = drafts["refund.status.zendesk_26"]
    assert refund.body.startswith('Hi {{ customer.first_name | default: "there" }}, your refund')
    assert refund.channels == (Channel.CHAT,)
    assert [(item.macro.partition(": ")[2], item.reason) for item in report.skipped] == [
        ("Close and tag (zendesk 27)", NO_TEXT),
        ("Note for warehouse (zendesk 28)", INTERNAL),
        ("Old greeting (zendesk 29)", INACTIVE),
    ]
    first, second = report.refused
    assert "Depends on the plan" in first.file
    assert first.reason.startswith("a condition asks for ticket.organization.name: not known here")
    assert "unknown variable 'ticket'" in first.reason
    assert "Order field" in second.file
    assert "--map" in second.reason


def test_a_folder_brings_the_dynamic_content_along(store: TemplateStore, tmp_path: Path) -> None:
    for name in ("zendesk.json", "dynamic_content.json"):
        (tmp_path / name).write_bytes((SHAPES / name).read_bytes())
    report = imported(store, tmp_path)
    found = {(taken.template, taken.language) for taken in report.taken if "zendesk_30" in taken.template}
    assert found == {("order.status.zendesk_30_1", "en"), ("order.status.zendesk_30_8", "de")}
    german = store.get("order.status.zendesk_30_8", "de")
    assert german.body == "Danke fürs Warten, Ihr Paket geht heute auf die Reise.\n\n{{ agent.name }}"


def test_without_it_dynamic_content_is_marked_with_advice(store: TemplateStore) -> None:
    (taken,) = (item for item in imported(store, SHAPES / "zendesk.json").taken if "zendesk_30" in item.template)
    (unmapped,) = taken.unmapped
    assert unmapped.placeholder == "dc.thanks_for_waiting"
    assert "dynamic_content/items" in unmapped.advice


def test_a_shops_own_fields_are_mapped_by_its_own_table(store: TemplateStore, tmp_path: Path) -> None:
    table = tmp_path / "fields.yaml"
    table.write_text("filled:\n  ticket.ticket_field_36: order.id\n", encoding="utf-8")
    report = imported(store, SHAPES / "zendesk.json", own_table=table)
    assert "order.status.zendesk_32" in [taken.template for taken in report.taken]
    body = store.get("order.status.zendesk_32", "en").body
    assert body == "{% if order.id %}Your order {{ order.id }} is packed.{% endif %} Thank you for your patience."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("filled:\n  a: customer.shoe_size\n", "'customer.shoe_size' is no variable"),
        ("filled:\n  a: order.id | shout\n", "is no variable"),
        ("filled: [a]\n", "something else than texts"),
        ("mapped: {}\n", "no table of placeholders"),
        ("{", "not valid YAML"),
    ],
)
def test_a_bad_table_is_refused(store: TemplateStore, tmp_path: Path, text: str, said: str) -> None:
    table = tmp_path / "fields.yaml"
    table.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInputError, match=said):
        imported(store, SHAPES / "zendesk.json", own_table=table)
    assert store.records() == []


def test_gorgias(store: TemplateStore) -> None:
    report = imported(store, SHAPES / "gorgias.json")
    assert [(taken.template, taken.language) for taken in report.taken] == [
        ("order.status.gorgias_901", "en"),
        ("order.status.gorgias_902", "en"),
        ("order.status.gorgias_904", "de"),
    ]
    assert store.get("order.status.gorgias_901", "en").body == (
        'Hi {{ customer.first_name | default: "there" }},\n\n'
        "Your order {{ order.id }} left us on {{ order.shipped_at | day }}. The tracking number is {{ order.tracking }}"
        ".\n\n{{ agent.first_name }}"
    )
    assert [item.unmapped for item in report.taken[1:]] == [
        (
            Unmapped(
                "ticket.customer.integrations.shopify.orders[0].shipping_address.address1",
                "addresses stay out of replies, so ask to confirm it",
            ),
        ),
        (
            Unmapped(
                "ticket.customer.integrations[shopify].orders[1].name",
                "only the order that the message is about is known here (`orders[0]`)",
            ),
        ),
    ]
    assert [item.reason for item in report.skipped] == [NO_TEXT]


@pytest.mark.parametrize("language", ["../../evil", "english", "E" * 3000, "/etc", "d"])
def test_a_language_that_is_none_is_refused_and_leads_out_of_no_folder(
    store: TemplateStore, tmp_path: Path, language: str
) -> None:
    reply = {"name": "setResponseText", "arguments": {"body_text": "Hello", "body_html": ""}}
    macros = [{"id": 1, "name": "x", "language": language, "actions": [reply]}]
    macros.append({"id": 2, "name": "y", "language": "pt_BR", "actions": [reply]})
    report = imported(store, written(tmp_path, macros))
    assert [(taken.template, taken.language) for taken in report.taken] == [("order.status.gorgias_2", "pt")]
    (refused,) = report.refused
    assert "is no ISO 639-1 code" in refused.reason
    assert len(refused.reason) < 200


def test_freshdesk(store: TemplateStore) -> None:
    report = imported(store, SHAPES / "freshdesk.json")
    assert store.get("order.status.freshdesk_4", "de").body == (
        "Guten Tag {{ customer.first_name }},\n\nIhre Rücksendung ist bei uns angekommen. Bei Fragen antworten Sie "
        "einfach auf diese Nachricht.\n\n{{ agent.name }}\n{{ shop.name }}"
    )
    assert open_marks(store.get("order.status.freshdesk_5", "en").body) == ("ticket.satisfaction_survey",)
    assert [item.reason for item in report.skipped] == [NO_TEXT]


def test_a_draft_is_offered_once_somebody_approves_it(store: TemplateStore) -> None:
    imported(store, SHAPES / "freshdesk.json")
    store.approve(TemplateKey("order.status.freshdesk_4", "de"), actor="mia")
    (template,), _ = store.templates()
    values = {**slots(full_situation("de", OrderState.RETURNED), "de"), "agent": {"name": "Mia Falk"}}
    text = template.render(values)
    assert text is not None
    assert "Guten Tag" in text
    assert text.endswith("Mia Falk\nHarbour & Pine")
    with pytest.raises(InvalidInputError, match=r"ticket\.satisfaction_survey"):
        store.approve(TemplateKey("order.status.freshdesk_5", "en"), actor="mia")


def test_a_second_import_changes_nothing_and_keeps_what_people_did(store: TemplateStore, tmp_path: Path) -> None:
    first = imported(store, SHAPES / "gorgias.json")
    again = imported(store, SHAPES / "gorgias.json")
    assert again.count("unchanged") == len(first.taken) == 3
    matter = "id: order.status.gorgias_904\nintent: order.status\nlanguage: de\ntitle: Mine\n"
    store.put(parse_template(f"---\n{matter}---\nIhre Bestellung ist da.", "mine"), actor="mia")
    store.retire("order.status.gorgias_902", "en", actor="mia")
    third = imported(store, SHAPES / "gorgias.json")
    assert (third.count("unchanged"), [item.reason for item in third.skipped]) == (2, [NO_TEXT, RETIRED])
    assert store.get("order.status.gorgias_904", "de").body == "Ihre Bestellung ist da.\n"
    changed = json.loads((SHAPES / "gorgias.json").read_text(encoding="utf-8"))
    changed["data"][3]["actions"][0]["arguments"]["body_text"] = "Ihre Bestellung ist zurück."
    fourth = imported(store, written(tmp_path, changed))
    assert fourth.count("updated") == 1
    kept = store.get("order.status.gorgias_904", "de")
    assert (kept.state, kept.version, kept.approval and kept.approval.version) == (TemplateState.DRAFT, 3, 2)


def test_macros_that_share_a_number_do_not_overwrite_each_other(store: TemplateStore, tmp_path: Path) -> None:
    nameless = {"title": "No id", "actions": [{"field": "comment_value", "value": "Third"}]}
    written(tmp_path, [zendesk("First"), zendesk("Second"), nameless], "a.json")
    written(tmp_path, [zendesk("Other", 2), zendesk("More", 3), {**nameless, "title": "None either"}], "b.json")
    report = imported(store, tmp_path)
    assert {record.body for record in store.records()} == {"First", "Third", "Other", "More"}
    assert [taken.change for taken in report.taken] == ["added"] * 4
    assert [refused.reason.partition(" has ")[2] for refused in report.refused] == [
        "its number already: give it an `id` of its own"
    ] * 2
    assert imported(store, tmp_path).count("unchanged") == 4


def test_another_proposal_makes_no_second_template(store: TemplateStore, tmp_path: Path) -> None:
    imported(store, written(tmp_path, [zendesk("Thank you.")]))
    report = imported(store, written(tmp_path, [zendesk("Thank you for the refund.")]))
    assert [(item.template, item.change) for item in report.taken] == [("order.status.zendesk_1", "updated")]
    assert len(store.records()) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ('"text"', "no list of macros"),
        ("[" * 100_000, "no JSON"),
        ("[1]", "a bare value"),
        ('[{"subject": "x"}]', "the shape of no macro"),
        (b"\xff\xfe{", "not UTF-8"),
    ],
)
def test_what_is_no_export_is_refused_by_file(
    store: TemplateStore, tmp_path: Path, content: str | bytes, said: str
) -> None:
    bad = tmp_path / "a.json"
    bad.write_bytes(content.encode() if isinstance(content, str) else content)
    written(tmp_path, [zendesk("Thank you.")], "b.json")
    report = imported(store, tmp_path)
    assert [(item.file, said in item.reason) for item in report.refused] == [(str(bad), True)]
    assert report.count("added") == 1


def test_nothing_there_is_an_error(store: TemplateStore, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        imported(store, tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{% for i in (1..100000) %}x{% endfor %}", "ranges like"),
        ("{% include 'secret' %}", "unknown tag 'include'"),
        ("{% if x", "never closed"),
        ("Hello {{ ticket.requester.name", "never closed"),
        ("x" * 9_000 + "{{ a" * 300, "never closed"),
        ("{{ a" * 30_000, "no reply is that long"),
    ],
)
def test_hostile_liquid_is_refused_and_the_rest_kept(
    store: TemplateStore, tmp_path: Path, text: str, said: str
) -> None:
    report = imported(store, written(tmp_path, [zendesk(text, 1), zendesk("Thank you.", 2)]))
    assert [said in item.reason for item in report.refused] == [True]
    assert [taken.template for taken in report.taken] == ["order.status.zendesk_2"]


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("{{ ticket.requester.name | upcase }}", "{{ customer.name | upcase }}"),
        ("{{ticket.requester.name|date: '%b'}}", "{{ customer.name }}"),
        ('{{ ticket.requester["first_name"] }}', "{{ customer.first_name }}"),
        ("{{ TICKET.Requester.Name }}", "{{ customer.name }}"),
        ("{{ }}", "{% comment %}unknown placeholder: (nothing){% endcomment %}"),
        ("{{ a b c }}", "{% comment %}unknown placeholder: a b c{% endcomment %}"),
        (
            "{{ ticket.requester.name | replace: 'a', 'b' }}",
            "{% comment %}unknown placeholder: ticket.requester.name | replace: 'a', 'b'{% endcomment %}",
        ),
        ("a\u200b b\xa0\xa0c", "a b c"),
    ],
)
def test_placeholders(store: TemplateStore, tmp_path: Path, text: str, body: str) -> None:
    imported(store, written(tmp_path, [zendesk(f"Hello. {text}")]))
    assert store.get("order.status.zendesk_1", "en").body == f"Hello. {body}"


def test_deeply_nested_markup_is_no_danger(store: TemplateStore, tmp_path: Path) -> None:
    html = "<div>" * 20_000 + "Thank you." + "</div>" * 20_000
    picture = f'<p>Thanks.</p><img src="data:image/png;base64,{"A" * 500_000}"><p>Bye.</p>'
    macros = [{"id": n, "title": "T", "content_html": text, "content": "x"} for n, text in enumerate((html, picture))]
    imported(store, written(tmp_path, macros))
    assert store.get("order.status.freshdesk_0", "en").body.strip() == "Thank you."
    assert store.get("order.status.freshdesk_1", "en").body == "Thanks.\n\nBye."


def test_what_no_reply_can_hold_is_refused(store: TemplateStore, tmp_path: Path) -> None:
    report = imported(store, written(tmp_path, [zendesk("word " * 10_000), zendesk("Thank you.", 2)]))
    assert "no reply is that long" in report.refused[0].reason
    assert report.count("added") == 1


def test_a_language_nobody_can_tell_must_be_given(store: TemplateStore, tmp_path: Path) -> None:
    path = written(tmp_path, [zendesk("Thank you.")])

    def unsure(texts: Sequence[str]) -> list[Guess]:
        return [Guess("order.status", 0.4, "und") for _ in texts]

    refused = import_macros(store, MacroSource(path), unsure, actor="a").refused
    assert "give --language" in refused[0].reason
    assert import_macros(store, MacroSource(path, language="nl"), unsure, actor="a").taken[0].language == "nl"


@pytest.mark.parametrize("desk", list(Desk))
def test_shapes_are_told_apart(desk: Desk) -> None:
    loaded = json.loads((SHAPES / f"{desk}.json").read_text(encoding="utf-8"))
    entries = loaded if isinstance(loaded, list) else loaded.get("macros") or loaded["data"]
    assert {desk_of(entry) for entry in entries} == {desk}
    assert read_macros(SHAPES / f"{desk}.json", desk) == read_macros(SHAPES / f"{desk}.json")


@pytest.mark.parametrize("named", list(Desk))
@pytest.mark.parametrize("desk", list(Desk))
def test_an_export_of_another_desk_is_refused_in_one_line(store: TemplateStore, desk: Desk, named: Desk) -> None:
    path = SHAPES / f"{desk}.json"
    report = imported(store, path, desk=named)
    if named is desk:
        assert report.taken
        return
    assert (report.taken, report.skipped) == ((), ())
    (refused,) = report.refused
    assert refused.file == str(path)
    assert refused.reason.startswith(f"this does not look like an export of {named} but of {desk} (")
    assert refused.reason.endswith(f"macros): give --from {desk}, or leave it out")


def test_a_named_desk_holds_where_the_shape_says_nothing(store: TemplateStore, tmp_path: Path) -> None:
    nothing = {"id": 1, "title": "Tag", "actions": []}
    path = written(tmp_path, [nothing, zendesk("Thank you.", 2)])
    report = imported(store, path, desk=Desk.ZENDESK)
    assert [item.reason for item in report.skipped] == [NO_TEXT]
    assert (report.count("added"), report.refused) == (1, ())
    bare = written(tmp_path, [{"subject": "x"}, {"subject": "y"}], "bare.json")
    (refused,) = imported(store, bare, desk=Desk.ZENDESK).refused
    assert refused.reason.startswith("this does not look like an export of zendesk (2 of 2 macros)")


def test_the_report_runs_in_no_spreadsheet(store: TemplateStore, tmp_path: Path) -> None:
    titles = ['=HYPERLINK("http://evil.example")', "+1", "-2", "@sum", "\t=1", " =1", "plain"]
    macros = [{**zendesk("Hi {{ticket.id}} {{=cmd}}", n), "title": title} for n, title in enumerate(titles)]
    report = imported(store, written(tmp_path, macros), desk=Desk.ZENDESK)
    path = tmp_path / "report.csv"
    write_report(path, report)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == 1 + 2 * len(titles)
    for cell in (cell for row in rows for cell in row):
        assert not cell.lstrip().startswith(("=", "+", "-", "@"))
    assert "'=cmd" in [row[5] for row in rows]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "  =1", "\xa0=1"])
def test_formulas_become_texts(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "order.status.zendesk_1", "0.70"])
def test_plain_cells_stay(text: str) -> None:
    assert safe_cell(text) == text
