"""Importing templates from the command line: what is taken with a warning."""

from __future__ import annotations

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
