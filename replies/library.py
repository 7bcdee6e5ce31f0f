"""Reading template files from folders: every good one is kept, every bad one is refused with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from replies.templates import Template, parse_template
from tickets.errors import InvalidInputError, NotFoundError

SHIPPED = Path(__file__).parent / "library"
"""The library that is active in every fresh home: `<language>/<intent>.<variant>.liquid`."""

SUFFIX = ".liquid"
MAX_FILE_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that could not be used: `line` counts from 1, `reason` is for people."""

    file: str
    line: int
    reason: str


def template_files(path: Path) -> list[Path]:
    """Return the template files of a folder and those below it, or the one file that `path` is.

    Raises:
        NotFoundError: There is nothing at `path`.

    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise NotFoundError(f"{path} is neither a file nor a folder", field=str(path), hint="Check the path.")
    return sorted(found for found in path.rglob(f"*{SUFFIX}") if found.is_file())


def load_file(path: Path, *, check: bool = True) -> Template:
    """Read one template file; `check` as in `parse_template`.

    Raises:
        InvalidInputError: It cannot be used; the message names file and line.

    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InvalidInputError(f"{path}:1: the file is larger than {MAX_FILE_BYTES:,} bytes", field=f"{path}:1")
        data = path.read_bytes()
    except OSError as error:
        raise InvalidInputError(
            f"{path}:1: the file cannot be read: {error.strerror}", field=f"{path}:1", hint="Check its permissions."
        ) from error
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidInputError(
            f"{path}:{line}: the file is not UTF-8", field=f"{path}:{line}", hint="Save it as UTF-8."
        ) from error
    return parse_template(text, str(path), check=check)


def load_folder(path: Path = SHIPPED) -> tuple[list[Template], list[Refused]]:
    """Read all template files of a folder and those below it.

    The Liquid of the shipped library is compiled when a template is first used: the project's tests have checked it,
    and compiling all languages at each start would cost a third of a second.

    Returns:
        The templates by file name, and the files that were refused.

    Raises:
        NotFoundError: There is nothing at `path`.

    """
    templates: list[Template] = []
    refused: list[Refused] = []
    first: dict[tuple[str, str, str | None, bool], str] = {}
    for file in template_files(path):
        try:
            template = load_file(file, check=path != SHIPPED)
        except InvalidInputError as error:
            refused.append(refusal(file, error))
            continue
        key = (template.id, template.language, template.brand, template.draft)
        if key in first:
            reason = f"{template.id} in {template.language!r} is already defined in {first[key]}"
            refused.append(Refused(str(file), 1, reason))
            continue
        first[key] = str(file)
        templates.append(template)
    return templates, refused


def shipped_template(template_id: str, language: str) -> Template | None:
    """Return the template of an id and language that ships, None where none does."""
    file = SHIPPED / language / f"{template_id}{SUFFIX}"
    return load_file(file, check=False) if file.is_file() else None


def refusal(file: Path | str, error: InvalidInputError) -> Refused:
    """Return an error of `parse_template` as a record."""
    _, _, line = (error.field or "").rpartition(":")
    first, *more = error.message.removeprefix(f"{file}:{line}: ").split("\n")
    # One line for a file: the first problem stands at the record's own line, the others name theirs.
    reason = "; ".join([first, *(problem.replace(f"{file}:", "line ", 1) for problem in more)])
    return Refused(str(file), int(line) if line.isdigit() else 1, reason)
