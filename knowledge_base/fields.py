"""From named values, wherever they were written, to a checked article; every format goes through here."""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from knowledge_base.errors import RefusalError
from knowledge_base.html_text import html_to_markdown, looks_like_html
from knowledge_base.markdown import first_heading, has_text, open_comment, without_comments
from knowledge_base.records import Article
from knowledge_base.visibility import is_unpublished, one_value, visibility_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from knowledge_base.front_matter import Field

MAX_TITLE_CHARS = 300
MAX_ID_CHARS = 128
MAX_TAGS = 50
MAX_QUESTIONS = 200
MAX_QUESTION_CHARS = 300
MAX_OWNER_CHARS = 200
MAX_URL_CHARS = 2_000

ALIASES: Mapping[str, str] = {
    "lang": "language",
    "locale": "language",
    "labels": "tags",
    "valid_to": "valid_until",
    "expires": "valid_until",
    "content": "body",
    "markdown": "body",
    "body_markdown": "body",
    "html": "body_html",
}
KNOWN = (
    "id",
    "title",
    "language",
    "visibility",
    "tags",
    "brand",
    "valid_from",
    "valid_until",
    "draft",
    "kind",
    "body",
    "body_html",
)
# Also read, but a name that only resembles one of them is left alone: programs have many such names.
ALSO_KNOWN = (
    "market",
    "translation_of",
    "original_language",
    "owner",
    "review_date",
    "source_url",
    "source_updated_at",
    "questions",
    "negative_questions",
    # How other programs say that not everybody may read something.
    "published",
    "private",
    "access",
    # Of procedures.
    "intents",
    "articles",
)
# They decide who may read an article: a value that cannot be read must not be passed over.
OF_READERS = frozenset({"published", "private", "access", "market"})
_ISO_639_1 = (
    "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el "
    "en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it "
    "iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt "
    "my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl "
    "sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo "
    "za zh zu "
)
ISO_639_1 = frozenset(_ISO_639_1.split())
_NOT_SLUG = re.compile(r"[^\w.]+")
_ID = re.compile(r"\w[\w.:-]*")
_MARKET = re.compile("[A-Za-z]{2}")
_URL = re.compile(r"https?://[^\s<>\"'\\`\x00-\x1f]+", re.IGNORECASE)
_DAY_CHARS = 10
_SECONDS = re.compile(r"[0-9]{9,10}")


@dataclass(frozen=True, slots=True)
class Defaults:
    """What an article takes when it does not say it itself; `file` names it to people."""

    file: str
    id: str | None = None
    language: str | None = None


def language_code(value: str) -> str | None:
    """Read the two-letter code out of a language tag such as `pt-BR` or `zh_Hans`; None where there is none."""
    code = re.split(r"[-_]", value.strip().lower(), maxsplit=1)[0]
    return code if code in ISO_639_1 else None


def slug(name: str) -> str:
    """Make an id of a file name: lower case, words joined by hyphens, any script."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return _NOT_SLUG.sub("-", folded).strip("-.")[:MAX_ID_CHARS]


def path_language(path: Path, root: Path) -> str | None:
    """Name the language that the folders say, the nearest first, up to and with the folder that is imported."""
    for folder in path.parents:
        code = language_code(folder.name) if len(folder.name) == 2 or folder.name[2:3] in {"-", "_"} else None
        if code is not None or folder == root:
            return code
    return None


def canonical(fields: Mapping[str, Field]) -> dict[str, Field]:
    """Give every value its one name, and refuse a name that looks like a slip of the pen.

    Names of other programs are left alone, but `visiblity: internal` must not make an article public.
    """
    named: dict[str, Field] = {}
    for name, field in fields.items():
        key = name.strip().lower()
        known = ALIASES.get(key, key)
        if known not in KNOWN and known not in ALSO_KNOWN:
            near = difflib.get_close_matches(key, (*KNOWN, *ALIASES), n=1, cutoff=0.8)
            if near:
                raise RefusalError(f"unknown name `{key}`: did you mean `{near[0]}`?", field.line)
            continue
        if field.nested:
            if known in KNOWN or known in OF_READERS:
                raise RefusalError(f"`{key}` holds further names: give it one value, or a list of values", field.line)
            continue
        if known in named:
            raise RefusalError(f"`{known}` is given twice (also as `{key}`)", field.line)
        named[known] = field
    return named


def build_article(fields: Mapping[str, Field], body: str, body_line: int, defaults: Defaults) -> Article:
    """Check the values and make the article.

    Args:
        fields: Values under their canonical names.
        body: Text in Markdown.
        body_line: Line of the file where the body begins.
        defaults: What holds where a value is missing.

    Raises:
        RefusalError: A value is missing or cannot be used; names the line.

    """
    if is_unpublished(fields):
        line = min(fields[name].line for name in ("draft", "published") if name in fields)
        raise RefusalError("this is a draft: publish it, or take `draft` or `published` out, to import it", line)
    body = _without_comments(body, body_line).strip("\n")
    if not body.strip():
        raise RefusalError("the article has no text: write some, or leave the article out", body_line)
    if not has_text(body):
        reason = "the article has no text, but headings, pictures or rules: write some, or leave the article out"
        raise RefusalError(reason, body_line)
    title = one_value(fields, "title") or first_heading(body)
    if title is None:
        raise RefusalError("no title: add `title: …`, or begin the text with a heading", body_line)
    valid_from, valid_until = _day(fields, "valid_from"), _day(fields, "valid_until")
    if valid_from and valid_until and valid_until < valid_from:
        raise RefusalError(f"valid_until {valid_until} lies before valid_from {valid_from}", fields["valid_until"].line)
    name, language = _id(fields, defaults), _language(fields, defaults)
    translation_of, original_language = _original(fields, name, language)
    questions, negative_questions = _questions(fields, "questions"), _questions(fields, "negative_questions")
    if both := in_both(questions, negative_questions):
        line = fields["negative_questions"].line
        raise RefusalError(f"{both[:60]!r} is in `questions` and in `negative_questions`: take it out of one", line)
    return Article(
        id=name,
        language=language,
        title=_short(" ".join(title.split()), fields),
        body=body,
        visibility=visibility_of(fields),
        tags=_tags(fields),
        brand=one_value(fields, "brand"),
        valid_from=valid_from,
        valid_until=valid_until,
        market=_market(fields),
        translation_of=translation_of,
        original_language=original_language,
        owner=_owner(fields),
        review_date=_day(fields, "review_date"),
        source_url=_source_url(fields),
        source_updated_at=_moment(fields, "source_updated_at"),
        origin=defaults.file,
        questions=questions,
        negative_questions=negative_questions,
    )


def _short(title: str, fields: Mapping[str, Field]) -> str:
    """Refuse a title that is given and too long; a heading that stands in for one is cut."""
    if len(title) > MAX_TITLE_CHARS and one_value(fields, "title"):
        line = fields["title"].line
        raise RefusalError(f"title has {len(title)} characters, {MAX_TITLE_CHARS} are allowed: shorten it", line)
    return title[:MAX_TITLE_CHARS]


def in_both(questions: Iterable[str], negative_questions: Iterable[str]) -> str | None:
    """Give the first negative question that is known as a question too, however it is spaced or capitalised."""
    known = {_folded(one) for one in questions}
    return next((one for one in negative_questions if _folded(one) in known), None)


def body_of(fields: Mapping[str, Field]) -> tuple[str, int]:
    """Find the text of an exported article and the line where it stands; HTML becomes Markdown.

    Raises:
        RefusalError: There is no text, or its HTML cannot be read.

    """
    for name in ("body", "body_html"):
        field = fields.get(name)
        if field is None:
            continue
        if not isinstance(field.value, str):
            raise RefusalError(f"`{name}` must be a text", field.line)
        if name == "body_html" or looks_like_html(field.value):
            return html_to_markdown(field.value).markdown, field.line
        return field.value, field.line
    line = min((field.line for field in fields.values()), default=0)
    raise RefusalError("no text: give `body` (Markdown) or `body_html`", line)


def _without_comments(body: str, body_line: int) -> str:
    """Drop what authors wrote for each other; a comment without an end would take the rest of the article with it."""
    before = open_comment(body)
    if before is not None:
        line = body_line + before if body_line else 0
        raise RefusalError("a comment is opened by `<!--` and never closed: add `-->` after it", line)
    return without_comments(body)


def _id(fields: Mapping[str, Field], defaults: Defaults) -> str:
    given = one_value(fields, "id")
    value = given or defaults.id
    line = fields["id"].line if given else 0
    if not value:
        raise RefusalError("no id: add `id: …` (letters, digits, hyphens)", line)
    if len(value) > MAX_ID_CHARS or not _ID.fullmatch(value):
        raise RefusalError(
            f"id {value[:60]!r} cannot be used: letters, digits and . : _ - only, {MAX_ID_CHARS} at most", line
        )
    return value


def _language(fields: Mapping[str, Field], defaults: Defaults) -> str:
    given = one_value(fields, "language")
    if given is None:
        if defaults.language is None:
            raise RefusalError("no language: add `language: en`, or put the file in a folder named `en`", 0)
        return defaults.language
    code = language_code(given)
    if code is None:
        line = fields["language"].line
        raise RefusalError(f"language {given[:40]!r} is no two-letter code such as en, de or zh (ISO 639-1)", line)
    return code


def _original(fields: Mapping[str, Field], name: str, language: str) -> tuple[str | None, str | None]:
    """Read what the article translates; one that names itself is an original."""
    of, written = one_value(fields, "translation_of"), one_value(fields, "original_language")
    if of is not None and (len(of) > MAX_ID_CHARS or not _ID.fullmatch(of)):
        raise RefusalError(f"translation_of {of[:60]!r} is no id of an article", fields["translation_of"].line)
    code = None
    if written is not None:
        code = language_code(written)
        if code is None:
            line = fields["original_language"].line
            raise RefusalError(f"original_language {written[:40]!r} is no two-letter code such as en, de or zh", line)
    of = None if of == name else of
    return (of, None) if code == language and of is None else (of, code)


def _market(fields: Mapping[str, Field]) -> str | None:
    given = one_value(fields, "market")
    if given is None:
        return None
    if not _MARKET.fullmatch(given):
        line = fields["market"].line
        raise RefusalError(f"market {given[:40]!r} is no two-letter country code such as DE or GB", line)
    return given.upper()


def _owner(fields: Mapping[str, Field]) -> str | None:
    given = one_value(fields, "owner")
    if given is not None and len(given) > MAX_OWNER_CHARS:
        raise RefusalError(f"owner has {len(given)} characters, {MAX_OWNER_CHARS} are allowed", fields["owner"].line)
    return given


def _source_url(fields: Mapping[str, Field]) -> str | None:
    """Read the page that an article came from; anything but a plain web address could be executed by a click."""
    given = one_value(fields, "source_url")
    if given is not None and (len(given) > MAX_URL_CHARS or not _URL.fullmatch(given)):
        line = fields["source_url"].line
        raise RefusalError(f"source_url {given[:60]!r} is no web address: it must begin with https:// or http://", line)
    return given


def _moment(fields: Mapping[str, Field], name: str) -> datetime | None:
    """Read a moment as ISO 8601, or as seconds since 1970; without a zone it counts as UTC."""
    given = one_value(fields, name)
    if given is None:
        return None
    try:
        moment = datetime.fromtimestamp(int(given), UTC) if _SECONDS.fullmatch(given) else datetime.fromisoformat(given)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        line = fields[name].line
        raise RefusalError(f"{name} {given[:40]!r} is no moment such as 2026-12-31T09:30:00Z", line) from None


def _tags(fields: Mapping[str, Field]) -> tuple[str, ...]:
    field = fields.get("tags")
    if field is None:
        return ()
    raw = re.split(r"[,;|]", field.value) if isinstance(field.value, str) else list(field.value)
    tags = tuple(dict.fromkeys(tag for tag in (part.strip() for part in raw) if tag))
    if len(tags) > MAX_TAGS:
        raise RefusalError(f"{len(tags)} tags, {MAX_TAGS} are allowed", field.line)
    return tags


def _questions(fields: Mapping[str, Field], name: str) -> tuple[str, ...]:
    """Read how customers ask: a list, or a text with one question a line."""
    field = fields.get(name)
    if field is None:
        return ()
    raw = field.value.splitlines() if isinstance(field.value, str) else list(field.value)
    questions = tuple(dict.fromkeys(text for text in (" ".join(one.split()) for one in raw) if text))
    if len(questions) > MAX_QUESTIONS:
        raise RefusalError(f"{len(questions)} {name}, {MAX_QUESTIONS} are allowed", field.line)
    if long := next((one for one in questions if len(one) > MAX_QUESTION_CHARS), None):
        reason = f"{name}: a question has {len(long)} characters, {MAX_QUESTION_CHARS} are allowed: {long[:60]!r}"
        raise RefusalError(reason, field.line)
    return questions


def _folded(question: str) -> str:
    return " ".join(question.split()).casefold()


def _day(fields: Mapping[str, Field], name: str) -> date | None:
    given = one_value(fields, name)
    if given is None:
        return None
    try:
        # A moment stands for its day.
        return date.fromisoformat(given) if len(given) <= _DAY_CHARS else datetime.fromisoformat(given).date()
    except ValueError:
        raise RefusalError(f"{name} {given[:40]!r} is no day such as 2026-12-31", fields[name].line) from None
