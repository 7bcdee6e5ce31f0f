"""What a fresh machine meets first: the Makefile, its helpers, and the pinned versions."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.checkout import IS_WHOLE

if not IS_WHOLE:
    pytest.skip("reads files of the checkout that are not installed", allow_module_level=True)

REPOSITORY = Path(__file__).parents[2]
TARGETS = ["run", "install", "install-train", "test", "lint", "bench", "soak", "train-default"]


def pinned() -> dict[str, str]:
    lines = (REPOSITORY / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    assert all(len(pair) == 2 for pair in pairs)
    return {canonicalize_name(name): version for name, version in pairs}


def tool(path: Path, name: str, body: str) -> None:
    path.mkdir(exist_ok=True)
    file = path / name
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_of_the_contract_is_there(target: str) -> None:
    done = subprocess.run(["make", "-n", target], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_continuous_integration_runs_the_tests() -> None:
    script = REPOSITORY / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "exec make test" in script.read_text()


def test_training_takes_the_cpu_build_of_torch_before_the_rest() -> None:
    done = subprocess.run(
        ["make", "-n", "-W", "constraints.txt", "install-train"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    torch = next(number for number, line in enumerate(lines) if ".ci/install-torch" in line)
    rest = next(number for number, line in enumerate(lines) if "-e '.[train]'" in line)
    assert torch < rest


def test_nobody_is_sent_to_an_index_for_a_package_that_is_on_none() -> None:
    rooms = ("api", "connectors", "docs", "knowledge_base", "models", "notebooks", "replies", "tickets", "training")
    files = [path for room in rooms for path in (REPOSITORY / room).rglob("*.*")]
    texts = [REPOSITORY / "README.md", *(path for path in files if path.suffix in {".md", ".py", ".ipynb"})]
    assert len(texts) > 100
    sent = re.compile(r"pip install .{0,20}deskhand")
    assert [path for path in texts if sent.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("script", sorted((REPOSITORY / ".ci").iterdir()), ids=lambda path: path.name)
def test_helpers_are_plain_shell(script: Path) -> None:
    assert script.read_text().startswith("#!/bin/sh\n")
    subprocess.run(["sh", "-n", str(script)], check=True)


def test_everything_that_is_asked_for_is_pinned_within_its_bounds() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *(entry for extra in project["optional-dependencies"].values() for entry in extra),
    ]
    versions = pinned()
    for requirement in map(Requirement, wanted):
        if requirement.name == "deskhand":
            continue
        version = versions.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not in constraints.txt"
        assert requirement.specifier.contains(version), f"{requirement} does not allow {version}"


def test_no_build_for_a_graphics_card_is_pinned() -> None:
    assert not [name for name in pinned() if name.startswith(("nvidia-", "triton"))]
    assert re.fullmatch(r"[0-9.]+", pinned()["torch"])


def make_venv(tmp_path: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the helper with only our own tools in reach."""
    tools = tmp_path / "tools"
    tools.mkdir(exist_ok=True)
    for name in ("sh", "uname", "id"):
        found = shutil.which(name)
        assert found is not None
        (tools / name).symlink_to(found)
    return subprocess.run(
        ["/bin/sh", str(REPOSITORY / ".ci" / "make-venv"), str(tmp_path / "venv")],
        env={"PATH": str(tools), **more},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_machine_without_python_is_told_how_to_get_it(tmp_path: Path) -> None:
    done = make_venv(tmp_path)
    assert done.returncode == 1
    assert "needs Python 3.11 or later" in done.stderr
    assert "apt-get install" in done.stderr or "brew install" in done.stderr


def test_an_old_python_is_named_with_its_version(tmp_path: Path) -> None:
    tool(tmp_path / "tools", "python3", 'case "$1" in --version) echo Python 3.9.2;; *) exit 1;; esac')
    done = make_venv(tmp_path)
    assert done.returncode == 1
    assert "found Python 3.9.2" in done.stderr


def test_a_python_without_venv_is_told_the_package(tmp_path: Path) -> None:
    says = 'case "$2" in *version_info\\ *) exit 0;; *venv,*) exit 1;; *) echo python3.11-venv;; esac'
    tool(tmp_path / "tools", "python3", says)
    tool(tmp_path / "tools", "apt-get", "exit 100")
    tool(tmp_path / "tools", "sudo", "exit 1")
    done = make_venv(tmp_path)
    assert done.returncode == 1
    assert "apt-get install python3.11-venv" in done.stderr


def test_a_newer_python_beside_an_old_one_is_found(tmp_path: Path) -> None:
    tool(tmp_path / "tools", "python3", "exit 1")
    tool(tmp_path / "tools", "python3.12", 'test "$1" = -m && echo made "$3" ; exit 0')
    done = make_venv(tmp_path)
    assert (done.returncode, done.stdout.split()) == (0, ["made", str(tmp_path / "venv")])
