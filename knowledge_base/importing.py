"""Read articles from a file or folder: Markdown and HTML with front matter, CSV and JSON exports."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from knowledge_base.errors import RefusalError
from knowledge_base.exports import Item, as_item, read_csv, read_json
from knowledge_base.fields import Defaults, body_of, build_article, canonical, language_code, path_language, slug
from knowledge_base.front_matter import Field, split_front_matter
from knowledge_base.html_text import html_to_markdown
from knowledge_base.records import Article, ReadResult, Refused
from tickets.errors import InvalidInputError, NotFoundError

MAX_FILE_BYTES = 2 * 1024 * 1024
MAX_EXPORT_BYTES = 64 * 1024 * 1024
MAX_FILES = 20_000
MAX_ARTICLES = 50_000
MAX_FOLDER_DEPTH = 16
MAX_LINES = 20_000
MAX_BARS_IN_LINE = 500

MARKDOWN = frozenset({".md", ".markdown", ".mdown"})
HTML = frozenset({".html", ".htm", ".xhtml"})
CSV = frozenset({".csv", ".tsv"})
JSON = frozenset({".json", ".jsonl", ".ndjson"})
_SUFFIXES = MARKDOWN | HTML | CSV | JSON

Guess = Callable[[str], str | None]


def read_path(path: Path, *, guess_language: Guess | None = None) -> ReadResult:
    """Read every article of a file, or of a folder and its subfolders.

    What is broken is refused with file, line and reason, and the rest is read. Files of other types and names that
    begin with a dot are passed over. Links that lead out of the folder are refused.

    Args:
        path: A `.md`, `.html`, `.csv`, `.json` or `.jsonl` file, or a folder.
        guess_language: Names the language (ISO 639-1) of a text where neither the article nor its folder does.

    Raises:
        NotFoundError: There is no such path.
        InvalidInputError: The path is a file of another type.

    """
    if not path.exists():
        raise NotFoundError(f"{path} does not exist", field=str(path), hint="name a file or folder with articles")
    if path.is_dir():
        return _Reader(path, guess_language).read_folder()
    if path.suffix.lower() not in _SUFFIXES:
        raise InvalidInputError(
            f"{path.name} is no article file",
            field=str(path),
            hint=f"use one of {' '.join(sorted(_SUFFIXES))}, or a folder",
        )
    reader = _Reader(path.parent, guess_language)
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
    body, line = body_of(fields)
    _check_size(body, line)
    return build_article(fields, body, line, Defaults(""))


class _Reader:
    """Collect what the files of one folder say."""

    def __init__(self, root: Path, guess_language: Guess | None) -> None:
        self._root = root
        self._guess = guess_language
        self._articles: dict[tuple[str, str], Article] = {}
        self._refused: list[Refused] = []

    def result(self) -> ReadResult:
        return ReadResult(tuple(self._articles.values()), tuple(self._refused))

    def read_folder(self) -> ReadResult:
        for count, path in enumerate(self._walk()):
            if count >= MAX_FILES:
                self._refuse(str(self._root), 0, f"more than {MAX_FILES} files: the rest was not read")
                break
            self.read_file(path)
        return self.result()

    def read_file(self, path: Path) -> None:
        name = str(path)
        try:
            if not path.resolve().is_relative_to(self._root.resolve()):
                raise RefusalError("a link that leads out of the imported folder is not followed")
            self._read_text(path, _decode(_read_bytes(path)))
        except RefusalError as error:
            self._refuse(name, error.line, error.message)
        except (OSError, RuntimeError) as error:
            # RuntimeError is how pathlib of Python 3.11 reports a loop of links.
            self._refuse(name, 0, f"cannot be read: {getattr(error, 'strerror', None) or error}")

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
        self._refuse(str(error.filename), 0, f"cannot be read: {error.strerror}")

    def _read_text(self, path: Path, text: str) -> None:
        suffix = path.suffix.lower()
        if suffix in CSV or suffix in JSON:
            items = read_csv(text) if suffix in CSV else read_json(text)
            for item in items:
                self._read_item(path, item)
            return
        self._add(self._read_document(path, text), 1)

    def _read_document(self, path: Path, text: str) -> Article:
        document = split_front_matter(text)
        fields, body = canonical(document.fields), document.body
        if path.suffix.lower() in HTML:
            page = html_to_markdown(body)
            body = page.markdown
            # What the front matter says counts more than the head of the page.
            fields = canonical({name: Field(value, 1) for name, value in page.head.items()}) | fields
        stem, language = _name_and_language(path.stem)
        defaults = Defaults(str(path), slug(stem), language or path_language(path, self._root))
        return self._build(fields, body, document.body_line, defaults)

    def _read_item(self, path: Path, item: Item | RefusalError) -> None:
        try:
            if isinstance(item, RefusalError):
                raise item
            fields = canonical(item.fields)
            body, line = body_of(fields)
            defaults = Defaults(f"{path}:{item.line}", None, path_language(path, self._root))
            self._add(self._build(fields, body, line, defaults), item.line)
        except RefusalError as error:
            line = error.line or (item.line if isinstance(item, Item) else 0)
            self._refuse(str(path), line, error.message)

    def _build(self, fields: dict[str, Field], body: str, line: int, defaults: Defaults) -> Article:
        _check_size(body, line)
        if defaults.language is None and "language" not in fields and self._guess is not None:
            defaults = Defaults(defaults.file, defaults.id, self._guess(body[:4_000]))
        return build_article(fields, body, line, defaults)

    def _add(self, article: Article, line: int) -> None:
        key = (article.id, article.language)
        if key in self._articles:
            first = self._articles[key].origin
            raise RefusalError(f"{article.id!r} in {article.language!r} is already given by {first}", line)
        if len(self._articles) >= MAX_ARTICLES:
            raise RefusalError(f"more than {MAX_ARTICLES} articles in one import", line)
        self._articles[key] = article

    def _refuse(self, file: str, line: int, reason: str) -> None:
        self._refused.append(Refused(file, line, reason))


def _name_and_language(stem: str) -> tuple[str, str | None]:
    """Part `shipping.de` into name and language; any other stem is all name."""
    name, dot, tail = stem.rpartition(".")
    code = language_code(tail) if dot and len(tail) in {2, 5} else None
    return (name, code) if code else (stem, None)


def _read_bytes(path: Path) -> bytes:
    limit = MAX_EXPORT_BYTES if path.suffix.lower() in CSV | JSON else MAX_FILE_BYTES
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise RefusalError("is no regular file")
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise RefusalError(
            f"has {max(status.st_size, len(data))} bytes, {limit} are allowed: cut it into several files"
        )
    return data


def _decode(data: bytes) -> str:
    """Decode UTF-8 and bring line ends to one form; never guess another encoding."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise RefusalError("is encoded as UTF-16: save it as UTF-8", 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RefusalError(f"is not UTF-8: byte 0x{data[error.start]:02x} at offset {error.start}", line) from None
    if "\0" in text:
        raise RefusalError("holds a NUL character: is it a binary file?", text.count("\n", 0, text.index("\0")) + 1)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _check_size(body: str, line: int) -> None:
    """Refuse what parses slowly, so that one file cannot hold up an import."""
    if len(body) > MAX_FILE_BYTES:
        raise RefusalError(f"the text has {len(body)} characters, {MAX_FILE_BYTES} are allowed", line)
    lines = body.split("\n")
    if len(lines) > MAX_LINES:
        raise RefusalError(
            f"the text has {len(lines)} lines, {MAX_LINES} are allowed: cut it into several articles", line
        )
    for offset, content in enumerate(lines):
        if content.count("|") > MAX_BARS_IN_LINE:
            raise RefusalError(f"a table row with more than {MAX_BARS_IN_LINE} cells", line + offset)
