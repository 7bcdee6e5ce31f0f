"""Read articles from a file or folder: Markdown, HTML, PDF and Word, CSV and JSON exports."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from knowledge_base.errors import RefusalError
from knowledge_base.exports import Item, Unpublished, as_item, read_csv, read_json
from knowledge_base.fields import (
    MAX_TITLE_CHARS,
    Defaults,
    body_of,
    build_article,
    canonical,
    language_code,
    path_language,
    slug,
)
from knowledge_base.foreign import FOREIGN, ForeignReaders
from knowledge_base.front_matter import Document, Field, read_fields, split_front_matter
from knowledge_base.html_text import html_to_markdown
from knowledge_base.procedure import Procedure, is_procedure, procedure_of, refuse_unknown_names
from knowledge_base.records import Article, ReadResult, Refused
from knowledge_base.sizes import MAX_FILE_BYTES, check_size
from knowledge_base.text_encoding import decode
from knowledge_base.visibility import is_unpublished
from tickets.errors import InvalidInputError, NotFoundError

MAX_EXPORT_BYTES = 64 * 1024 * 1024
MAX_FOREIGN_BYTES = 32 * 1024 * 1024
MAX_FILES = 20_000
MAX_ARTICLES = 50_000
MAX_FOLDER_DEPTH = 16
GUESSED_FROM_CHARS = 4_000

MARKDOWN = frozenset({".md", ".markdown", ".mdown"})
HTML = frozenset({".html", ".htm", ".xhtml"})
CSV = frozenset({".csv", ".tsv"})
JSON = frozenset({".json", ".jsonl", ".ndjson"})
_SUFFIXES = MARKDOWN | HTML | CSV | JSON | FOREIGN
SIDECAR = ".yaml"
_NEARLY_SIDECAR = (".yaml", ".yml", ".YAML", ".YML", ".Yaml", ".Yml", ".yaml.txt")

# What a file may call itself where it is for customers; any other kind is refused, for an article may be public.
ARTICLE_KINDS = frozenset({"article", "page", "post", "faq"})

Guess = Callable[[str], str | None]


def read_path(path: Path, *, guess_language: Guess | None = None) -> ReadResult:
    """Read every article of a file, or of a folder and its subfolders.

    What is broken is refused with file, line and reason, and the rest is read. Files of other types and names that
    begin with a dot are passed over. Links that lead out of the folder are refused.

    PDF and Word files are read by a process of their own; what they say of themselves can stand beside them, in a file
    of the same name with `.yaml` after it.

    Args:
        path: A `.md`, `.html`, `.pdf`, `.docx`, `.csv`, `.json` or `.jsonl` file, or a folder.
        guess_language: Names the language (ISO 639-1) of a text where neither the article nor its folder does.

    Raises:
        NotFoundError: There is no such path.
        InvalidInputError: The path is a file of another type.

    """
    if not path.exists():
        raise NotFoundError(f"{path} does not exist", field=str(path), hint="name a file or folder with articles")
    if path.is_dir():
        with ForeignReaders() as foreign:
            return _Reader(path, guess_language, foreign).read_folder()
    if path.suffix.lower() not in _SUFFIXES:
        raise InvalidInputError(
            f"{path.name} is no article file",
            field=str(path),
            hint=f"use one of {' '.join(sorted(_SUFFIXES))}, or a folder",
        )
    with ForeignReaders() as foreign:
        reader = _Reader(path.parent, guess_language, foreign)
        reader.read_file(path)
        return reader.result()


def article_from(values: Mapping[str, object]) -> Article:
    """Make an article of named values, under the names and checks of a JSON export.

    Raises:
        RefusalError: A value is missing or cannot be used.

    """
    item = as_item(values, 0)
    if isinstance(item, RefusalError):
        raise item
    fields = canonical(item.fields)
    if _is_procedure(fields):
        raise RefusalError("this is a procedure, and no article: import it from a file", fields["kind"].line)
    body, line = body_of(fields)
    check_size(body, line)
    return build_article(fields, body, line, Defaults(""))


class _Reader:
    """Collect what the files of one folder say."""

    def __init__(self, root: Path, guess_language: Guess | None, foreign: ForeignReaders) -> None:
        self._root = root
        self._guess = guess_language
        self._foreign = foreign
        self._articles: dict[tuple[str, str], Article] = {}
        self._procedures: dict[tuple[str, str], Procedure] = {}
        self._refused: list[Refused] = []
        self._unpublished: list[str] = []

    def result(self) -> ReadResult:
        return ReadResult(
            tuple(self._articles.values()),
            tuple(self._refused),
            tuple(self._unpublished),
            procedures=tuple(self._procedures.values()),
        )

    def read_folder(self) -> ReadResult:
        walk = self._walk()
        coming: deque[Path] = deque()
        for path in islice(walk, MAX_FILES):
            coming.append(path)
            self._begin(path)
            if len(coming) > self._foreign.ahead:
                self.read_file(coming.popleft())
        while coming:
            self.read_file(coming.popleft())
        if next(walk, None) is not None:
            self._refuse(str(self._root), 0, f"more than {MAX_FILES} files: the rest was not read")
        return self.result()

    def _begin(self, path: Path) -> None:
        """Have a file read ahead that a worker reads, unless it will be refused."""
        if path.suffix.lower() not in FOREIGN:
            return
        try:
            if self._leads_out(path):
                return
            _check_bytes(path)
        except (RefusalError, OSError, RuntimeError):
            return
        self._foreign.begin(path)

    def _leads_out(self, path: Path) -> bool:
        return not path.resolve().is_relative_to(self._root.resolve())

    def read_file(self, path: Path) -> None:
        name = str(path)
        try:
            if self._leads_out(path):
                raise RefusalError("a link that leads out of the imported folder is not followed")
            if path.suffix.lower() in FOREIGN:
                self._read_foreign(path)
            else:
                self._read_text(path, self._decoded(path))
        except RefusalError as error:
            self._refuse(name, error.line, error.message)
        except (OSError, RuntimeError) as error:
            # RuntimeError is how pathlib of Python 3.11 reports a loop of links.
            self._refuse(name, 0, _unreadable(getattr(error, "strerror", None) or error))

    def _walk(self) -> Iterator[Path]:
        for folder, folders, names in os.walk(self._root, onerror=self._unreadable):
            here = Path(folder)
            depth = len(here.relative_to(self._root).parts)
            if depth >= MAX_FOLDER_DEPTH and folders:
                self._refuse(folder, 0, f"folders deeper than {MAX_FOLDER_DEPTH} are not read")
                folders.clear()
            linked = [name for name in folders if (here / name).is_symlink()]
            for name in linked:
                self._refuse(str(here / name), 0, "a linked folder is not followed: import its target by itself")
            folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in linked)
            for name in sorted(names):
                if not name.startswith(".") and Path(name).suffix.lower() in _SUFFIXES:
                    yield here / name

    def _unreadable(self, error: OSError) -> None:
        self._refuse(str(error.filename), 0, _unreadable(error.strerror))

    def _read_text(self, path: Path, text: str) -> None:
        suffix = path.suffix.lower()
        if suffix in CSV or suffix in JSON:
            items = read_csv(text) if suffix in CSV else read_json(text)
            for item in items:
                self._read_item(path, item)
            return
        self._read_document(path, split_front_matter(text))

    def _decoded(self, path: Path) -> str:
        _, language = _name_and_language(path.stem)
        markup = path.suffix.lower() in HTML
        return decode(_read_bytes(path), language=language or path_language(path, self._root), markup=markup)

    def _read_foreign(self, path: Path) -> None:
        """Read a PDF or Word file: the file beside it counts most, then its name and folder, then what it says itself.

        The language comes from the file itself only where nothing else tells it: writers note the one of the program.
        """
        _check_bytes(path)
        fields = self._beside(path)
        if self._leaves_out(fields, str(path)):
            return
        found = self._foreign.read(path)
        stem, language = _name_and_language(path.stem)
        language = language or path_language(path, self._root) or self._guessed(found.markdown)
        defaults = Defaults(str(path), slug(stem), language or language_code(found.language or ""))
        if found.title:
            fields.setdefault("title", Field(found.title[:MAX_TITLE_CHARS], 0))
        if found.tags:
            fields.setdefault("tags", Field(found.tags, 0))
        self._take(fields, (found.markdown, 0), defaults, 0)

    def _beside(self, path: Path) -> dict[str, Field]:
        """Read the names and values that stand in `<file>.yaml`."""
        sidecar = path.with_name(path.name + SIDECAR)
        if not sidecar.is_file():
            self._refuse_beside(path, sidecar)
            return {}
        if not sidecar.resolve().is_relative_to(self._root.resolve()):
            raise RefusalError(f"{sidecar.name} is a link that leads out of the imported folder")
        try:
            fields = read_fields(decode(_read_bytes(sidecar)))
            refuse_unknown_names(fields)
            return canonical(fields)
        except RefusalError as error:
            raise RefusalError(f"{sidecar.name}, line {error.line}: {error.message}") from error

    @staticmethod
    def _refuse_beside(path: Path, sidecar: Path) -> None:
        """Refuse what is meant to say who may read a file, and is not read: the file would be public."""
        nearly = [path.with_name(name + end) for name in (path.name, path.stem) for end in _NEARLY_SIDECAR]
        for other in (sidecar, *nearly):
            # `lexists`, for a link that leads nowhere is there, too.
            if os.path.lexists(other):
                reason = f"{other.name} stands beside it and is not read: make it a regular file named {sidecar.name}"
                raise RefusalError(f"{reason}, or take it away")

    def _guessed(self, text: str) -> str | None:
        return self._guess(text[:GUESSED_FROM_CHARS]) if self._guess is not None else None

    def _read_document(self, path: Path, document: Document) -> None:
        refuse_unknown_names(document.fields)
        fields, body = canonical(document.fields), document.body
        if path.suffix.lower() in HTML:
            page = html_to_markdown(body)
            body = page.markdown
            # What the front matter says counts more than the head of the page.
            fields = canonical({name: Field(value, 1) for name, value in page.head.items()}) | fields
        if self._leaves_out(fields, str(path)):
            return
        stem, language = _name_and_language(path.stem)
        defaults = Defaults(str(path), slug(stem), language or path_language(path, self._root))
        self._take(fields, (body, document.body_line), defaults, 1)

    def _read_item(self, path: Path, item: Item | Unpublished | RefusalError) -> None:
        if isinstance(item, Unpublished):
            self._unpublished.append(item.label)
            return
        try:
            if isinstance(item, RefusalError):
                raise item
            refuse_unknown_names(item.fields)
            fields = canonical(item.fields)
            if self._leaves_out(fields, f"{path}:{item.line}"):
                return
            defaults = Defaults(f"{path}:{item.line}", None, path_language(path, self._root))
            self._take(fields, body_of(fields), defaults, item.line)
        except RefusalError as error:
            line, label = (item.line, item.label) if isinstance(item, Item) else (0, "")
            self._refuse(str(path), error.line or line, f"{label}: {error.message}" if label else error.message)

    def _leaves_out(self, fields: dict[str, Field], label: str) -> bool:
        """Note what nobody shall read yet; an import takes it away where it was imported before."""
        left_out = is_unpublished(fields)
        if left_out:
            self._unpublished.append(label)
        return left_out

    def _take(self, fields: dict[str, Field], text: tuple[str, int], defaults: Defaults, line: int) -> None:
        """Keep what was read as what it says it is: an article, or steps for the shop's own people.

        Args:
            fields: Values under their canonical names.
            text: The body in Markdown, and the line where it begins.
            defaults: What holds where a value is missing.
            line: Where the whole begins.

        """
        steps = _is_procedure(fields)
        article = self._build(fields, *text, defaults)
        if steps:
            self._add_procedure(procedure_of(article, fields), line)
        else:
            self._add(article, line)

    def _build(self, fields: dict[str, Field], body: str, line: int, defaults: Defaults) -> Article:
        check_size(body, line)
        if defaults.language is None and "language" not in fields:
            defaults = Defaults(defaults.file, defaults.id, self._guessed(body))
        return build_article(fields, body, line, defaults)

    def _add(self, article: Article, line: int) -> None:
        key = (article.id, article.language)
        if key in self._articles:
            first = self._articles[key].origin
            named = f"{article.id!r} in {article.language!r}"
            raise RefusalError(f"{named} is already given by {first}: give one of them another id", line)
        if len(self._articles) >= MAX_ARTICLES:
            raise RefusalError(f"more than {MAX_ARTICLES} articles in one import", line)
        self._articles[key] = article

    def _add_procedure(self, procedure: Procedure, line: int) -> None:
        first = self._procedures.setdefault((procedure.id, procedure.language), procedure)
        if first is not procedure:
            named = f"the procedure {procedure.id!r} in {procedure.language!r}"
            raise RefusalError(f"{named} is already given by {first.origin}: give one of them another id", line)

    def _refuse(self, file: str, line: int, reason: str) -> None:
        self._refused.append(Refused(file, line, reason))


def _unreadable(reason: object) -> str:
    return f"cannot be read ({reason}): check that it is there, and that you may read it"


def _is_procedure(fields: Mapping[str, Field]) -> bool:
    """Tell procedures from articles by their kind.

    Raises:
        RefusalError: The kind is neither's, so nobody knows who may read it.

    """
    if is_procedure(fields):
        return True
    field = fields.get("kind")
    kind = "" if field is None else field.value if isinstance(field.value, str) else ", ".join(field.value)
    if field is not None and kind.strip() and kind.strip().lower() not in ARTICLE_KINDS:
        reason = f"kind {kind.strip()[:40]!r} is unknown: say `procedure` or `article`, or take `kind` out"
        raise RefusalError(reason, field.line)
    return False


def _name_and_language(stem: str) -> tuple[str, str | None]:
    """Part `shipping.de` into name and language; any other stem is all name."""
    name, dot, tail = stem.rpartition(".")
    code = language_code(tail) if dot and len(tail) in {2, 5} else None
    return (name, code) if code else (stem, None)


def _read_bytes(path: Path) -> bytes:
    size, limit = _check_bytes(path)
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise _too_large(max(size, len(data)), limit)
    return data


def _check_bytes(path: Path) -> tuple[int, int]:
    """Refuse a file by its size before a byte of it is read; give its size and what is allowed."""
    suffix = path.suffix.lower()
    limit = MAX_FOREIGN_BYTES if suffix in FOREIGN else MAX_EXPORT_BYTES if suffix in CSV | JSON else MAX_FILE_BYTES
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise RefusalError("is no regular file: copy what it holds into one")
    if status.st_size > limit:
        raise _too_large(status.st_size, limit)
    return status.st_size, limit


def _too_large(size: int, limit: int) -> RefusalError:
    return RefusalError(f"has {size} bytes, {limit} are allowed: cut it into several files")
