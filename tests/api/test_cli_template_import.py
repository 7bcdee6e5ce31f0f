"""Importing templates from the command line: what is taken with a warning."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.api.browsing import clean_environment, deskhand


def test_a_template_of_an_unknown_intent_is_taken_with_a_warning(tmp_path: Path) -> None:
    template = tmp_path / "order.statsu.ask.liquid"
    template.write_text("---\nid: order.statsu.ask\nintent: order.statsu\nlanguage: en\ntitle: A\n---\nHello.\n")

    def imported(**settings: str) -> tuple[int, str, list[str]]:
        command = [*deskhand(), "templates", "import", str(template)]
        environment = clean_environment(tmp_path / "home", **settings)
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )
        return done.returncode, done.stdout.strip(), done.stderr.splitlines()

    warning = (
        f"{template}: order.statsu is no intent of the active bundle, so it is never offered; "
        "the nearest label is order.status"
    )
    assert imported() == (0, "added 1  updated 0  unchanged 0  refused 0", [warning])
    status, counts, (unknown,) = imported(DESKHAND_MODEL="nowhere")
    assert (status, counts) == (0, "added 0  updated 0  unchanged 1  refused 0")
    assert unknown.startswith("deskhand: intents are not compared with the labels of the active bundle: ")


def test_an_export_of_another_help_desk_fails_and_names_it(tmp_path: Path) -> None:
    macro = {"id": 1, "title": "T", "actions": [{"field": "comment_value", "value": "Your refund is on its way."}]}
    path = tmp_path / "macros.json"
    path.write_text(json.dumps({"macros": [macro]}))
    done = subprocess.run(
        [*deskhand(), "templates", "import", str(path), "--from", "gorgias"],
        env=clean_environment(tmp_path / "home"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "added 0  updated 0  unchanged 0  skipped 0  refused 1\n")
    said = "this does not look like an export of gorgias but of zendesk (1 of 1 macros): give --from zendesk"
    assert said in done.stderr


def test_what_is_exported_is_imported_again_unchanged(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*deskhand(), "templates", *arguments]
        return subprocess.run(
            command,
            env=clean_environment(tmp_path / "home"),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    folder = tmp_path / "mine"
    folder.mkdir()
    for name, body in (("order.status.own", "Hello {{ order.id }}."), ("order.status.shipped", "It left.")):
        matter = f"id: {name}\nintent: order.status\nlanguage: en\ntitle: Own\n"
        (folder / f"{name}.liquid").write_text(f"---\n{matter}---\n{body}\n")
    assert run("import", "mine").stdout == "added 2  updated 0  unchanged 0  refused 0\n"
    (folder / "order.status.own.liquid").write_text(
        "---\nid: order.status.own\nintent: order.status\nlanguage: en\ntitle: New\n---\nHi {{ order.id }}.\n"
    )
    assert run("import", "--draft", "mine").stdout == "added 0  updated 1  unchanged 1  refused 0\n"

    assert run("export", "--own", "out").stdout == "written 3\n"
    assert run("import", "out").stdout == "added 0  updated 0  unchanged 3  refused 0\n"
    whole = run("export", "all")
    assert whole.returncode == 0
    written = sorted((tmp_path / "all").rglob("*.liquid"))
    assert whole.stdout == f"written {len(written)}\n"
    assert (tmp_path / "all/en/order.status.shipped.liquid").read_text().endswith("It left.\n")
    assert run("export", "mine").returncode == 0
    changed = run("export", "all", "--own")
    assert changed.returncode == 0
    (tmp_path / "all/en/order.status.shipped.liquid").write_text("changed")
    refused = run("export", "all")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "says something else" in refused.stderr

    listed = run("list", "--own").stdout.splitlines()
    assert listed[0].split()[:4] == ["id", "language", "brand", "state"]
    assert [line.split()[:5] for line in listed[1:]] == [
        ["order.status.own", "en", "draft", "2", "1"],
        ["order.status.shipped", "en", "approved", "1", "1"],
    ]
    assert run("list", "--drafts").stdout.count("\n") == 2
    shipped = run("list", "--language", "ja", "--intent", "order.status").stdout.splitlines()
    assert len(shipped) > 3
    assert all(line.split()[2] == "ships" for line in shipped[1:])
    assert run("list", "--language", "xx").stderr == "There are none.\n"


def test_macros_become_drafts_with_a_proposal_and_a_report(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*deskhand(), "templates", *arguments]
        environment = clean_environment(tmp_path / "home")
        return subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )

    actions = [
        {"field": "comment_value", "value": "Hi {{ticket.requester.first_name}}, your refund {{ticket.id}} left."}
    ]
    macros = {
        "macros": [
            {"id": 7, "title": "Where is my refund?", "actions": actions},
            {"id": 8, "raw_title": "x", "actions": []},
        ]
    }
    (tmp_path / "macros.json").write_text(json.dumps(macros))
    done = run("import", "macros.json", "--report", "report.csv")
    assert done.returncode == 0, done.stderr
    counts, proposal = done.stdout.splitlines()
    assert counts == "added 1  updated 0  unchanged 0  skipped 1  refused 0"
    assert proposal.split()[1:3] == ["refund.status.zendesk_7", "(en)"]
    assert "ticket.id is marked in the text: replies stay in their thread" in done.stderr
    assert "refund.status.zendesk_7" in (tmp_path / "report.csv").read_text(encoding="utf-8-sig")
    refused = run("approve", "refund.status.zendesk_7", "en")
    assert (refused.returncode, "ticket.id" in refused.stderr) == (1, True)
    for wrong in (("--from", "helpdesk9"), ("--map", "none.yaml")):
        assert run("import", "macros.json", *wrong).returncode in (1, 2)

    (tmp_path / "a.liquid").write_text("---\nid: a.b\nintent: a\nlanguage: en\ntitle: A\nstate: draft\n---\nHello.\n")
    assert run("import", "a.liquid", "--report", "x.csv").returncode == 2
    assert run("import", "a.liquid").returncode == 0
    assert run("approve", "a.b", "en").stdout == "a.b (en): version 1 is offered\n"
