"""The notebooks run from top to bottom, offline and anywhere, and are committed without their outputs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
CELL_TIMEOUT_S = 240
# What a notebook found out, told by a cell that the test adds at its end.
TELL = {
    "retrain": """print(json.dumps({
        "problems": [problem.reason for problem in report.problems],
        "trained_on_test": len({u.text for u in own_test} & {u.text for u in messages}),
        "random": reports["random"].intent_top1,
        "unseen": reports["unseen"].intent_top1,
        "ours": compared["ours-1"].intent_top1,
        "shipped": compared["shipped"].intent_top1,
        "giftwrap": [found.per_intent["order.giftwrap"] for found in compared.values()],
        "coverage": [float((top >= step).mean()) for step in steps],
        "promoted": promoted.name,
        "back": back.version,
    }))"""
}

pytestmark = pytest.mark.skipif(not NOTEBOOKS, reason="no notebooks lie beside these tests")


def read(path: Path) -> Any:
    # nbformat's functions are not typed
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def run(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run a notebook in an empty folder, without a network, and return what it found out."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("TMPDIR", str(folder))
    work = folder / "work"
    work.mkdir()
    notebook = read(path)
    notebook.cells.append(nbformat.v4.new_code_cell(TELL[path.stem]))  # type: ignore[no-untyped-call]
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(work)}},
    )
    client.execute(env={**os.environ, "IPYTHONDIR": str(folder / "ipython")})
    assert not any(work.iterdir()), "the notebook leaves files where it was started"
    found: dict[str, Any] = json.loads(notebook.cells[-1].outputs[0]["text"])
    return found


@pytest.mark.slow
def test_retraining_runs_and_finds_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = run(FOLDER / "retrain.ipynb", tmp_path, monkeypatch)
    assert len(found["problems"]) == 2
    assert found["trained_on_test"] == 0
    # An even guess among nine intents would be right in one of nine.
    assert found["random"] > 0.7
    assert found["unseen"] > 0.5
    assert found["ours"] > found["shipped"]
    assert found["giftwrap"][0] == 0.0
    assert found["giftwrap"][1] > 0.0
    assert found["coverage"] == sorted(found["coverage"], reverse=True)
    assert found["promoted"] == "ours-1"
    assert found["back"] == "shipped"
    assert not list(tmp_path.glob("deskhand-retrain-*")), "the notebook leaves its folder behind"


def test_every_notebook_is_tested() -> None:
    assert {path.stem for path in NOTEBOOKS} == set(TELL)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_clean(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
    assert notebook.cells[0].source.startswith("# ")
    assert all(line == line.rstrip() for cell in notebook.cells for line in cell.source.split("\n"))
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert not [line for source in code for line in source.split("\n") if len(line) > 120]
