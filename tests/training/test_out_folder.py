"""Where `deskhand train` may write: a new folder, an empty one, or over a bundle; nothing else is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.manifest import MANIFEST
from tickets.errors import InvalidInputError
from training import cli


def corpus(tmp_path: Path) -> Path:
    """Write a corpus that is refused, so that no test trains: the folder is looked at before it."""
    path = tmp_path / "messages.jsonl"
    path.write_text('{"text": ""}\n')
    return path


@pytest.mark.parametrize("content", [{"letter.txt"}, {"heads.safetensors", "letter.txt"}, {"sub"}])
def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path, content: set[str]) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name in content:
        (out / name).write_text("mine")
    with pytest.raises(InvalidInputError, match="holds no bundle") as caught:
        cli.train([corpus(tmp_path)], out, None)
    assert caught.value.field == "--out"
    assert {path.name for path in out.iterdir()} == content


def test_a_file_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("mine")
    with pytest.raises(InvalidInputError, match="is a file"):
        cli.train([corpus(tmp_path)], out, None)
    assert out.read_text() == "mine"


def test_a_bundle_is_said_to_be_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / MANIFEST).write_text("{}")
    with pytest.raises(InvalidInputError, match="no usable message"):
        cli.train([corpus(tmp_path)], out, None)
    assert f"{out} holds a bundle already: it is replaced" in capsys.readouterr().err


@pytest.mark.parametrize("content", [set(), {"heads.safetensors", "tokenizer.json"}])
def test_an_empty_folder_and_one_of_a_run_cut_off_are_taken(
    tmp_path: Path, content: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name in content:
        (out / name).write_text("half")
    with pytest.raises(InvalidInputError, match="no usable message"):
        cli.train([corpus(tmp_path)], out, None)
    assert "replaced" not in capsys.readouterr().err
