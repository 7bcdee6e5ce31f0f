"""The command line as a shell sees it: output, errors in one line, exit status."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.cli.keys import ROLES
from tests.api.browsing import clean_environment, deskhand, free_port, running
from tests.checkout import needs_checkout
from tickets.keys import Role
from training.utterances import CORPUS

REPOSITORY = Path(__file__).parents[2]
COMMANDS = [
    ["serve"],
    ["demo"],
    ["triage"],
    ["kb"],
    ["kb", "import"],
    ["kb", "search"],
    ["kb", "gaps"],
    ["kb", "review"],
    ["templates", "import"],
    ["templates", "export"],
    ["templates", "list"],
    ["templates", "approve"],
    ["orders", "import"],
    ["corpus", "check"],
    ["train"],
    ["evaluate"],
    ["models"],
    ["models", "list"],
    ["models", "promote"],
    ["models", "rollback"],
    ["replay"],
    ["keys", "create"],
]
# What no command may import before it needs it.
HEAVY = ("numpy", "torch", "onnxruntime", "faiss", "fastapi", "sqlalchemy", "pydantic", "uvicorn", "jinja2", "tqdm")

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def call(*arguments: str, text: str | bytes = "", home: Path | None = None, **more: str) -> Any:
        data = text if isinstance(text, bytes) else text.encode()
        done = subprocess.run(
            [*deskhand(), *arguments],
            input=data,
            capture_output=True,
            env=clean_environment(home or tmp_path / "home", **more),
            cwd=tmp_path,
            timeout=120,
            check=False,
        )
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return call


def assert_fails(done: subprocess.CompletedProcess[str], status: int, *said: str) -> None:
    assert done.returncode == status, done.stderr
    complaints = [line for line in done.stderr.splitlines() if line.startswith("deskhand: ")]
    assert len(complaints) == 1, done.stderr
    assert "Traceback" not in done.stderr
    for words in said:
        assert words in complaints[0]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(command: list[str], run: Run) -> None:
    done = run(*command, "--help")
    assert done.returncode == 0
    assert "Usage: deskhand" in done.stdout
    assert done.stderr == ""


@needs_checkout
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_is_described(command: list[str]) -> None:
    assert f"`deskhand {' '.join(command)}" in (REPOSITORY / "docs" / "command-line.md").read_text(encoding="utf-8")


def test_help_is_light(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['deskhand', '--help']\n"
        "from api.cli.application import run\n"
        "run()\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["frobnicate"], "frobnicate"),
        (["serve", "--port", "99999"], "--port"),
        (["serve", "--port", "many"], "'many' is no port"),
        (["demo", "--port", "-1"], "'-1' is no port"),
        (["serve", "--workers", "0"], "--workers"),
        (["triage", "--nope"], "--nope"),
        (["keys", "create"], "--role"),
        (["keys", "create", "--role", "boss"], "warehouse"),
        (["train", "x.tsv"], "--out"),
        (["kb", "search", "  "], "empty"),
        (["kb", "search", "--market", "Germany", "fees"], "'Germany' is no two-letter country code"),
    ],
)
def test_misuse_is_said_in_one_line_with_status_2(arguments: list[str], said: str, run: Run) -> None:
    assert_fails(run(*arguments), 2, said, "--help")


@pytest.mark.parametrize(
    "arguments",
    [
        ["triage", "nowhere.jsonl"],
        ["kb", "import", "nowhere"],
        ["templates", "import", "nowhere"],
        ["orders", "import", "nowhere.csv"],
        ["corpus", "check", "nowhere.tsv"],
        ["train", "nowhere.tsv", "--out", "x"],
        ["evaluate", "nowhere", "nowhere.tsv"],
        ["models", "promote", "nowhere"],
        ["models", "rollback"],
        ["replay", "nowhere.jsonl"],
    ],
    ids=" ".join,
)
def test_what_is_not_there_is_named_with_status_1(arguments: list[str], run: Run) -> None:
    said = "nowhere" if "nowhere" in " ".join(arguments) else "version"
    assert_fails(run(*arguments), 1, said)


def test_an_unknown_setting_is_refused_with_the_nearest_name(run: Run) -> None:
    assert_fails(run("triage", text="hi", DESKHAND_PROT="8080"), 1, "DESKHAND_PROT", "DESKHAND_PORT")


def test_a_port_in_use_is_said_before_anything_is_loaded(run: Run, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port), DESKHAND_MODEL=str(tmp_path / "no-bundle"))
        assert "no-bundle" not in done.stderr
        assert_fails(
            done, 1, f"deskhand: --port: Cannot listen on 127.0.0.1:{port}: ", "in use", "another port: --port"
        )
        assert_fails(run("serve", DESKHAND_PORT=str(port)), 1, "deskhand: DESKHAND_PORT: Cannot listen on ")
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_start_that_cannot_succeed_ends_with_one_line(command: str, workers: str, run: Run, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "admin.key").write_text("not the first start")
    options = [command, "--port", "0", *(["--workers", workers] if command == "serve" else [])]
    wrong = [
        ({"DESKHAND_DATABASE_URL": "foo://x"}, "'foo' is not supported"),
        ({"DESKHAND_MODEL": "nobody-9"}, "nobody-9"),
        ({"DESKHAND_ENCODER": "other"}, "was not trained on the encoder other"),
    ]
    for environment, said in wrong if command == "serve" else wrong[:1]:
        done = run(*options, home=home, **environment)
        assert_fails(done, 1, said)
        assert len(done.stderr.splitlines()) == 1
    (home / "shop.yaml").write_text("signatur: Us\n")
    assert_fails(run(*options, home=home), 1, "did you mean signature?")
    (home / "shop.yaml").unlink()
    (home / "deskhand.db").write_bytes(b"SQLite format 3\x00" + b"\x07" * 9_000)
    done = run(*options, home=home)
    assert_fails(done, 1, "deskhand.db")
    assert len(done.stderr.splitlines()) == 1


def test_an_address_that_is_not_ours_is_said_by_the_name_under_which_it_was_given(run: Run) -> None:
    assert_fails(
        run("serve", "--host", "192.0.2.1", "--port", "0"), 1, "deskhand: --host: Cannot listen on 192.0.2.1:0"
    )
    assert_fails(run("serve", "--port", "0", DESKHAND_HOST="192.0.2.1"), 1, "deskhand: DESKHAND_HOST: Cannot listen on")


def test_a_language_that_nobody_knows_is_refused_with_those_there_are(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    for language in ("de", "sv"):
        (folder / f"shipping.{language}.md").write_text("# Shipping\n\nTwo days, whatever happens.\n")
    assert run("kb", "import", str(folder)).returncode == 0
    assert_fails(run("kb", "search", "--language", "xx", "shipping"), 1, "'xx'", "de, sv")
    for known in ("sv", "de-AT", "ja", "und"):
        assert "shipping" in run("kb", "search", "--language", known, "shipping").stdout


def test_a_host_that_is_not_ours_is_refused(run: Run) -> None:
    assert_fails(run("serve", "--host", "192.0.2.1", "--port", str(free_port())), 1, "192.0.2.1")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_cannot_be_written_is_named(run: Run, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    assert_fails(run("keys", "create", "--role", "agent", home=closed / "home"), 1, str(closed))


def test_a_home_that_is_a_file_is_named(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for command in (["keys", "create", "--role", "agent"], ["triage"], ["serve", "--port", "0"]):
        assert_fails(run(*command, home=file, text="hi"), 1, str(file))


def test_every_role_can_be_named() -> None:
    assert ROLES.split(", ") == [role.value for role in Role]


def test_a_key_is_printed_once_and_alone(run: Run) -> None:
    done = run("keys", "create", "--role", "agent", "--name", "desk 1")
    assert done.returncode == 0
    assert len(done.stdout.split()) == 1
    assert done.stdout.strip() not in done.stderr


def test_messages_stream_through_triage_from_an_empty_home(run: Run) -> None:
    lines = ['{"id": "a", "text": "Wo ist mein Paket?"}', "where is my parcel", "{broken", "", "我的包裹在哪里？"]
    done = run("triage", text="\n".join(lines) + "\n")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert [entry.get("language", {}).get("code") for entry in found] == ["de", "en", None, None, "zh"]
    assert [entry.get("line") for entry in found] == [None, None, 3, 4, None]
    assert found[0]["id"] == "a"
    assert found[1]["suggestions"]
    assert "5/5" in done.stderr or "5msg" in done.stderr
    assert "2 line(s)" in done.stderr


def test_nothing_in_nothing_out(run: Run) -> None:
    done = run("triage", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_triage_answers_while_the_writer_still_thinks(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*deskhand(), "triage", "--quiet"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=clean_environment(tmp_path / "home"),
        cwd=tmp_path,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        for number in range(3):
            process.stdin.write(f'{{"id": "{number}", "text": "where is my order"}}\n'.encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == str(number)
        process.stdin.close()
    assert process.returncode == 0


def test_a_reader_that_leaves_early_is_no_failure(tmp_path: Path) -> None:
    messages = tmp_path / "messages.txt"
    messages.write_text("where is my order\n" * 2_000)
    process = subprocess.Popen(
        [*deskhand(), "triage", "--quiet", str(messages)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean_environment(tmp_path / "home"),
        cwd=tmp_path,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    complaint = process.stderr.read().decode()
    process.stderr.close()
    assert (process.wait(timeout=60), complaint) == (0, "")


def test_articles_orders_and_templates_come_in_and_are_used(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "late.md").write_text(
        "---\nid: late\ntitle: Late parcels\nlanguage: en\nmarket: DE\n---\nA zeppelin parcel takes nine days.\n"
    )
    (folder / "broken.md").write_text("---\nid: [\n---\n")
    done = run("kb", "import", str(folder))
    assert done.returncode == 0, done.stderr
    assert "added 1" in done.stdout
    assert "refused 1" in done.stdout
    assert "broken.md" in done.stderr
    assert "unchanged 1" in run("kb", "import", str(folder)).stdout
    found = run("kb", "search", "how long does a zeppelin parcel take").stdout
    assert "late (en)" in found
    assert "late (en)" in run("kb", "search", "--market", "de", "zeppelin parcel").stdout
    assert "late (en)" not in run("kb", "search", "--market", "US", "zeppelin parcel").stdout
    orders = tmp_path / "orders.jsonl"
    orders.write_text('{"id": "Z-77", "state": "shipped", "shipped_at": "2026-11-01"}\nnonsense\n')
    done = run("orders", "import", str(orders))
    assert "imported 1" in done.stdout
    assert "orders.jsonl:2" in done.stderr
    template = tmp_path / "order.status.zeppelin.liquid"
    template.write_text(
        "---\nid: order.status.zeppelin\nintent: order.status\nlanguage: en\ntitle: Air\nversion: 1\n---\nIt flies.\n"
    )
    done = run("templates", "import", str(template))
    assert (done.returncode, "added 1" in done.stdout) == (0, True), done.stderr


def test_an_import_of_nothing_but_mistakes_fails(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.liquid").write_text("no front matter")
    done = run("templates", "import", str(tmp_path / "bad.liquid"))
    assert done.returncode == 1
    assert "bad.liquid" in done.stderr


def test_past_tickets_are_replayed_with_a_report(run: Run, tmp_path: Path) -> None:
    past = tmp_path / "past.jsonl"
    rows = [
        {
            "text": "Where is my order HP-1?",
            "intent": "order.status",
            "connector": "old",
            "stars": 5,
        },
        {"text": "I want to return these shoes", "intent": "return.request"},
        {"text": "Bonjour, où est mon colis ?"},
        {"text": "Where is my parcel?", "intent": "order.statsu"},
        {"text": "Where is it?", "intent": "order.statsu"},
        {"text": "Where is my order?", "intent": "WISMO"},
    ]
    past.write_text("\n".join(json.dumps(row) for row in rows) + "\nnot json at all {\n{oops\n")
    done = run("replay", "--quiet", str(past))
    assert done.returncode == 0, done.stderr
    assert "messages" in done.stdout
    assert "with a known intent" in done.stdout
    assert "order.status" in done.stdout
    assert "line 8" in done.stderr
    shares = {line.partition("  ")[0]: line.split()[-2:] for line in done.stdout.splitlines()}
    assert shares["with a known intent"] == ["2", "28.6%"], "what the model cannot say is no mistake of its"
    assert shares["with an intent that the model does not have"] == ["3", "42.9%"]
    assert "intents that the model does not have: order.statsu 2 (nearest: order.status), WISMO 1" in done.stdout


def test_the_registry_lists_the_shipped_bundle(run: Run) -> None:
    done = run("models", "list")
    assert done.returncode == 0, done.stderr
    assert "shipped" in done.stdout


def test_training_without_its_extra_names_the_command_that_installs_it(tmp_path: Path) -> None:
    data = tmp_path / "data.tsv"
    data.write_text("x")
    code = (
        "import sys\n"
        "for name in ('torch', 'sklearn', 'scipy'): sys.modules[name] = None\n"
        f"sys.argv = ['deskhand', 'train', {str(CORPUS / 'messages' / 'en.tsv')!r}, '--out', 'x']\n"
        "from api.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=clean_environment(tmp_path / "home"),
        check=False,
    )
    assert_fails(done, 1, "make install-train")


@pytest.mark.slow
def test_serve_starts_writes_its_key_stops_and_starts_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for _ in range(2):
        with running("serve", home) as address:
            key = home / "admin.key"
            assert stat.S_IMODE(key.stat().st_mode) == 0o600
            headers = {"Authorization": f"Bearer {key.read_text().strip()}"}
            assert httpx.get(f"{address}/v1/tickets", headers=headers).status_code == 200
            assert httpx.get(f"{address}/").status_code == 200
            assert "set-cookie" not in httpx.get(f"{address}/").headers
    logs = "".join(path.read_text() for path in tmp_path.glob("serve-*.log"))
    assert logs.count("Deskhand is ready: http://127.0.0.1:") == 2
    assert str(key) in logs


@pytest.mark.slow
def test_several_workers_answer_on_one_address(tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [*deskhand(), "serve", "--port", str(port), "--workers", "2"],
        env=clean_environment(tmp_path / "home"),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert "ready" in process.stdout.readline()
        assert all(httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200 for _ in range(20))
    finally:
        process.send_signal(signal.SIGTERM)
        process.stdout.close()
        process.wait(timeout=30)


@pytest.mark.slow
def test_the_demo_is_loaded_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    counts = []
    for _ in range(2):
        with running("demo", home) as address:
            client = httpx.Client(base_url=address)
            client.get("/")  # brings the session of the demo
            counts.append(client.get("/v1/labels").status_code)
            tickets = client.get("/v1/tickets", params={"limit": 200}).json()["items"]
            counts.append(len(tickets))
            client.close()
    assert counts[1] == counts[3] == 120
    first, second = sorted(tmp_path.glob("demo-*.log"), key=lambda path: path.stat().st_mtime)
    assert "Loading the sample shop" in first.read_text()
    assert "Loading the sample shop" not in second.read_text()


def test_a_broken_bundle_still_serves_and_triage_says_why(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    done = run("triage", "--quiet", text="hi", DESKHAND_MODEL=str(tmp_path / "bundle"))
    assert_fails(done, 1, str(tmp_path / "bundle"))


def test_who_leaves_stdin_open_gets_the_fault_and_not_an_abort(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    environment = clean_environment(tmp_path / "home", DESKHAND_MODEL=str(tmp_path / "bundle"))
    command = [*deskhand(), "triage", "--quiet"]
    with subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write("hi\n")
        process.stdin.flush()
        assert process.wait(timeout=120) == 1
        assert "Fatal" not in process.stderr.read()


@pytest.mark.slow
def test_a_service_that_cannot_decide_says_so_where_it_says_that_it_is_ready(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    process = subprocess.Popen(
        [*deskhand(), "serve", "--port", str(free_port())],
        env=clean_environment(tmp_path / "home", DESKHAND_MODEL=str(tmp_path / "bundle")),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert "is ready: http://127.0.0.1:" in line
        assert f", but cannot decide: no model bundle at {tmp_path / 'bundle'}" in line
    finally:
        process.send_signal(signal.SIGTERM)
        process.stdout.close()
        process.wait(timeout=30)


def test_an_export_tells_what_its_help_desk_does_not_show(run: Run, tmp_path: Path) -> None:
    articles = [
        {"id": 1, "section_id": 2, "locale": "en-us", "title": "A", "body": "<p>text</p>", "draft": False},
        {"id": 3, "section_id": 2, "locale": "en-us", "title": "B", "body": "<p>text</p>", "draft": True},
    ]
    path = tmp_path / "zendesk.json"
    path.write_text(json.dumps({"articles": articles}))
    done = run("kb", "import", str(path))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith("added 1  updated 0  unchanged 0  removed 0  refused 0")
    assert done.stdout.splitlines()[1].startswith("unpublished 1 ")


def test_an_import_says_what_it_keeps_because_something_is_refused(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "kb"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.md").write_text(f"---\nlanguage: en\ntitle: {name}\n---\nText.\n")
    assert run("kb", "import", str(folder)).returncode == 0
    (folder / "a.md").write_text("---\nlanguage: en\ntitle: a\ndraft: true\n---\nText.\n")
    (folder / "c.md").write_text("---\nlanguage: xx\ntitle: c\n---\nText.\n")
    lines = run("kb", "import", str(folder)).stdout.splitlines()
    assert lines[0].startswith("added 0  updated 0  unchanged 1  removed 0  refused 1")
    assert lines[1] == "unpublished 1 (left out until they are published)"
    assert lines[2] == f"kept 1 (gone from {folder}, and not removed while something is refused)"


def test_the_name_of_a_refused_file_cannot_steer_the_terminal(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "kb" / "en"
    folder.mkdir(parents=True)
    (folder / "\x1b[2K\x1b]0;owned\x07x.md").touch()
    (folder / "a.md\nfine.md").touch()
    said = run("kb", "import", str(folder)).stderr
    assert "\x1b" not in said
    assert "\x07" not in said
    assert "\\x1b[2K\\x1b]0;owned\\x07x.md:1: the article has no text" in said
    assert "a.md\\nfine.md:1: " in said
