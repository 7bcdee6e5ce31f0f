"""Procedures beside tickets, and what is due for review, over HTTP and on the command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from api.cli.application import build
from knowledge_base.procedure import Procedure, Step

if TYPE_CHECKING:
    from tests.api.conftest import Service, StartService

TODAY = datetime.now(UTC).date()
LAST_WEEK = str(TODAY - timedelta(days=7))
NEXT_YEAR = str(TODAY + timedelta(days=365))
DAMAGE = {
    "title": "Damaged parcel",
    "body": "For **all** shops.\n\n1. Ask for [photos](/help/en/claims).\n2. Refund.",
    "intents": ["item.damaged"],
    "owner": "Mia",
    "review_date": LAST_WEEK,
}
MESSAGE = "My parcel arrived badly damaged, the lamp inside is broken to pieces. I want a replacement."


@pytest.fixture(scope="module", autouse=True)
def procedures(service: Service) -> None:
    for language in ("en", "de"):
        stored = service.send("PUT", f"/v1/procedures/damage/{language}", DAMAGE, role="supervisor")
        assert stored.status_code == 200, stored.text
    other = {"title": "Wholesale", "body": "1. Ask sales.", "intents": ["business"], "review_date": NEXT_YEAR}
    assert service.send("PUT", "/v1/procedures/wholesale/en", other).status_code == 200
    article = {"id": "claims", "language": "en", "title": "Claims", "body": "How to claim.", "tags": ["item.damaged"]}
    assert service.send("POST", "/v1/articles", article).status_code == 201
    linking = {"id": "photos", "language": "en", "title": "Photos", "body": "See [claims](/help/en/claims)."}
    assert service.send("POST", "/v1/articles", linking).status_code == 201


def ticket(service: Service, text: str = MESSAGE) -> str:
    stored = service.send("POST", "/v1/messages", {"text": text})
    assert stored.json()["decision"]["intent"] == "item.damaged", stored.text
    return str(stored.json()["ticket"]["id"])


def beside(service: Service, ticket_id: str, **headers: str) -> list[dict[str, Any]]:
    answer = service.send("GET", f"/v1/tickets/{ticket_id}", role="agent", headers=headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["procedures"]
    return found


def test_a_ticket_shows_the_steps_for_what_it_is_about(service: Service) -> None:
    (found,) = beside(service, ticket(service))
    assert (found["id"], found["language"], found["owner"], found["review_date"]) == ("damage", "en", "Mia", LAST_WEEK)
    assert [step["text"] for step in found["steps"]] == ["Ask for photos.", "Refund."]
    assert found["intro"] == "For **all** shops."


def test_it_comes_in_the_language_of_the_readers_browser(service: Service) -> None:
    (found,) = beside(service, ticket(service), **{"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"})
    assert found["language"] == "de"


def test_what_a_person_says_it_is_about_counts_more(service: Service) -> None:
    from tickets.stored import Labels

    ticket_id = ticket(service)
    message = service.services.tickets.ticket(ticket_id).messages[0]
    service.services.tickets.correct(message.id, Labels(intent="business.wholesale"), actor="mia")
    assert beside(service, ticket_id)[0]["id"] == "wholesale"


def test_procedures_are_for_the_shops_own_people(service: Service) -> None:
    assert service.send("GET", "/v1/procedures", role="bot").status_code == 403
    assert service.send("GET", "/v1/procedures/damage/en", role=None).status_code == 401
    assert service.send("PUT", "/v1/procedures/damage/en", DAMAGE, role="agent").status_code == 403


def test_a_list_can_be_narrowed(service: Service) -> None:
    def ids(**query: str) -> list[str]:
        items = service.send("GET", "/v1/procedures", params=query).json()["items"]
        return [f"{item['id']} {item['language']}" for item in items]

    assert ids() == ["damage de", "damage en", "wholesale en"]
    assert ids(intent="business.wholesale") == ["wholesale en"]
    assert ids(language="de") == ["damage de"]


def test_a_language_is_stored_as_an_import_stores_it(service: Service) -> None:
    earlier = Procedure("tagged", "pt-BR", "Earlier", (Step("Ask."),))
    service.services.procedures.put(earlier, actor="mia")
    assert service.send("GET", "/v1/procedures/tagged/pt-BR").json()["title"] == "Earlier"
    stored = service.send("PUT", "/v1/procedures/tagged/pt-BR", {**DAMAGE, "intents": []})
    assert (stored.status_code, stored.json()["language"]) == (200, "pt"), stored.text
    for language in ("pt", "pt-BR"):
        found = service.send("GET", f"/v1/procedures/tagged/{language}").json()
        assert (found["language"], found["title"]) == ("pt", DAMAGE["title"])
    unknown = service.send("PUT", "/v1/procedures/tagged/xx", DAMAGE)
    assert (unknown.status_code, unknown.json()["error"]["field"]) == (422, "language")
    assert "'xx' is no two-letter code" in unknown.json()["error"]["message"]
    assert service.send("DELETE", "/v1/procedures/tagged/pt-BR").status_code == 204
    assert service.send("GET", "/v1/procedures/tagged/pt").status_code == 404


def test_a_procedure_without_steps_is_refused_with_its_field(service: Service) -> None:
    answer = service.send("PUT", "/v1/procedures/x/en", {**DAMAGE, "body": "Be nice."})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "body"
    assert "numbered list" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"intents": ["item.damaged", "delivry.delay"]}, "intents", "did you mean 'delivery.delay'"),
        ({"intents": ["delivry"]}, "intents", "no intent of the bundle is 'delivry' or begins with it"),
        ({"intent": "item.damaged"}, "intent", ""),
    ],
)
def test_names_that_nobody_knows_are_refused(service: Service, wrong: dict[str, Any], field: str, said: str) -> None:
    answer = service.send("PUT", "/v1/procedures/x/en", {**DAMAGE, **wrong})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == field
    assert said in answer.json()["error"]["message"]
    assert service.send("GET", "/v1/procedures/x/en").status_code == 404


def test_only_what_the_help_centre_shows_is_named_as_public(service: Service) -> None:
    for name, more in (("inside", {"visibility": "internal"}), ("over", {"valid_until": LAST_WEEK}), ("open", {})):
        article = {"id": name, "language": "en", "title": name, "body": "Text", "visibility": "public", **more}
        assert service.send("POST", "/v1/articles", article).status_code == 201
    said = {**DAMAGE, "intents": ["business"], "articles": ["inside", "over", "open", "nothing"]}
    stored = service.send("PUT", "/v1/procedures/relying/en", said).json()
    assert (stored["articles"], stored["public_articles"]) == (said["articles"], ["open"])
    listed = service.send("GET", "/v1/procedures", params={"intent": "business.wholesale"}).json()["items"]
    assert [item["public_articles"] for item in listed] == [["open"], []]
    assert service.send("DELETE", "/v1/procedures/relying/en").status_code == 204


def test_a_removed_procedure_is_gone(service: Service) -> None:
    assert service.send("PUT", "/v1/procedures/gone/en", DAMAGE).status_code == 200
    assert service.send("DELETE", "/v1/procedures/gone/en").status_code == 204
    assert service.send("GET", "/v1/procedures/gone/en").status_code == 404


def test_what_is_due_is_listed_the_longest_overdue_first(service: Service) -> None:
    template = {"title": "Late", "body": "Hello", "owner": "Tom", "review_date": str(TODAY - timedelta(days=30))}
    stored = service.send("PUT", "/v1/templates/order.status.own/en", template)
    assert (stored.status_code, stored.json()["owner"]) == (200, "Tom"), stored.text
    due = {"id": "old", "language": "en", "title": "Old", "body": "Text", "owner": "Ann", "review_date": str(TODAY)}
    added = service.send("POST", "/v1/articles", due).json()
    assert (added["owner"], added["review_date"]) == ("Ann", str(TODAY))
    items = service.send("GET", "/v1/reviews").json()["items"]
    assert [(item["kind"], item["id"], item["days_overdue"]) for item in items] == [
        ("template", "order.status.own", 30),
        ("procedure", "damage", 7),
        ("procedure", "damage", 7),
        ("article", "old", 0),
    ]
    later = service.send("GET", "/v1/reviews", params={"before": NEXT_YEAR}).json()["items"]
    assert later[-1]["id"] == "wholesale"


def test_a_changed_article_lists_what_it_touches(service: Service) -> None:
    items = service.send("GET", "/v1/reviews/claims").json()["items"]
    found = {(item["kind"], item["id"]): item for item in items}
    assert found["article", "claims"]["why"] == ["the same article", "is about item.damaged"]
    assert found["article", "photos"]["why"] == ["links to it"]
    assert found["procedure", "damage"]["why"] == ["links to it", "is about item.damaged"]
    assert found["procedure", "damage"]["languages"] == ["de", "en"]
    assert found["template", "item.damaged.ask"]["why"] == ["is about item.damaged"]
    assert "de" in found["template", "item.damaged.ask"]["languages"]
    assert all(item["id"].startswith("item.damaged") for item in items if item["kind"] == "template")
    assert ("procedure", "wholesale") not in found
    assert service.send("GET", "/v1/reviews/nothing").status_code == 404


def test_files_are_imported_and_reviewed_from_the_command_line(
    start_service: StartService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = start_service()
    monkeypatch.setenv("DESKHAND_HOME", str(started.settings.home))
    folder = tmp_path / "kb" / "en"
    folder.mkdir(parents=True)
    head = f"---\nkind: procedure\nintents: item.damaged\nowner: Mia\nreview_date: {LAST_WEEK}\narticles: claims\n---\n"
    (folder / "damage.md").write_text(f"{head}# Damaged parcel\n\n1. Ask for photos.\n")
    (folder / "claims.md").write_text("---\ntitle: Claims\n---\nHow to claim.")

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(build(), ["kb", *arguments])
        assert done.exit_code == 0, done.output
        return done.output

    assert "procedures: added 1  updated 0  unchanged 0  removed 0" in run("import", str(tmp_path / "kb"))
    assert "procedures: added 0  updated 0  unchanged 1  removed 0" in run("import", str(tmp_path / "kb"))
    assert "damage (en)" in run("review")
    assert "Nothing is due" in run("review", "--before", "2020-01-01")
    assert "links to it" in run("review", "--changed", "claims")
    (folder / "damage.md").write_text(f"{head}# Damaged parcel\n\n1. Ask.\n".replace("item.damaged", "item.damagd"))
    refused = run("import", str(tmp_path / "kb"))
    assert "damage.md:0: intents: no intent of the bundle is 'item.damagd'" in refused
    assert "did you mean 'item.damaged'?" in refused
    assert "damage (en)" in run("review"), "what was imported before stays"
    (folder / "damage.md").unlink()
    assert "removed 1" in run("import", str(tmp_path / "kb"))
    assert "damage" not in run("review")
