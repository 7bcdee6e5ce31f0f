"""Reading template files from folders: every good one is kept, every bad one is refused with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import structlog

from replies.templates import Template, parse_template
from tickets.errors import InvalidInputError, NotFoundError

logger = structlog.get_logger(__name__)

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


def load_folder(path: Path = SHIPPED, *, check: bool | None = None) -> tuple[list[Template], list[Refused]]:
    """Read all template files of a folder and those below it.

    Args:
        path: The folder, or one file.
        check: As in `parse_template`. Left out, the shipped library is not checked: the project's tests have done it,
            and compiling a language takes longer than reading it.

    Returns:
        The templates by file name, and the files that were refused.

    Raises:
        NotFoundError: There is nothing at `path`.

    """
    if check is None:
        check = not path.is_relative_to(SHIPPED)
    templates: list[Template] = []
    refused: list[Refused] = []
    first: dict[tuple[str, str, str | None, bool], str] = {}
    for file in template_files(path):
        try:
            template = load_file(file, check=check)
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


class Library:
    """Templates of many languages, each language read when it is first asked for. Threads may share it.

    Args:
        folder: Holds `<language>/<id>.liquid`; every file's name says what is in it.

    """

    def __init__(self, folder: Path = SHIPPED) -> None:
        self._folder = folder
        self.keys = frozenset((file.stem, file.parent.name) for file in folder.glob(f"*/*{SUFFIX}"))
        """Id and language of every template."""
        self.languages = frozenset(language for _, language in self.keys)
        self._read: dict[str, tuple[Template, ...]] = {}

    def of(self, language: str) -> tuple[Template, ...]:
        """Return the templates of a language, by file name; none for a language that is not there."""
        if language not in self.languages:
            return ()
        if language not in self._read:
            templates, refused = load_folder(self._folder / language)
            for entry in refused:
                logger.warning("shipped template refused", file=entry.file, line=entry.line, reason=entry.reason)
            self._read[language] = tuple(templates)
        return self._read[language]


@cache
def shipped_library() -> Library:
    """Return the library that ships, read once per process."""
    return Library()


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
