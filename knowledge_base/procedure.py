"""Procedures: what the shop's own people do, step by step; Markdown with `kind: procedure` in its front matter."""

from __future__ import annotations

import difflib
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import orjson
from markdown_it import MarkdownIt

from knowledge_base.errors import RefusalError
from knowledge_base.fields import ALIASES, ALSO_KNOWN, KNOWN
from knowledge_base.markdown import parse_blocks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from knowledge_base.front_matter import Field
    from knowledge_base.records import Article

KIND = "procedure"
MAX_STEPS = 100
MAX_STEP_CHARS = 4_000
MAX_NAMES = 50
_MARKER = re.compile(r"^\s*\d{1,9}[.)](?:\s+|$)")
_INTENT = re.compile(r"[a-z0-9_]{1,40}(?:\.[a-z0-9_]{1,40}){0,3}")


@dataclass(frozen=True, slots=True)
class Step:
    """One step in Markdown; `section` is the heading that it stands under, if any."""

    text: str
    section: str | None = None

    @property
    def plain(self) -> str:
        """Give the step without marks, list points as lines that begin with a hyphen."""
        return "\n".join(block.text for block in parse_blocks(self.text))


@dataclass(frozen=True, slots=True)
class Procedure:
    """Steps in one language; (`id`, `language`) names it.

    `intents` are labels, or the first part of some (`delivery` stands for all that begin with `delivery.`), `articles`
    the ids of articles that it relies on; `owner` keeps it right, and looks at it again on `review_date`.
    """

    id: str
    language: str
    title: str
    steps: tuple[Step, ...]
    intro: str = ""
    intents: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    brand: str | None = None
    owner: str | None = None
    review_date: date | None = None
    origin: str | None = None

    @property
    def digest(self) -> str:
        """Give the sha256 of all that is said; where the procedure came from does not count."""
        return hashlib.sha256(orjson.dumps(self.document())).hexdigest()

    def document(self) -> dict[str, object]:
        """Give all that is said as plain values."""
        return {
            "id": self.id,
            "language": self.language,
            "title": self.title,
            "intro": self.intro,
            "steps": [[step.text, step.section] for step in self.steps],
            "intents": list(self.intents),
            "articles": list(self.articles),
            "brand": self.brand,
            "owner": self.owner,
            "review_date": self.review_date.isoformat() if self.review_date else None,
        }

    def serves(self, intent: str) -> bool:
        """Tell whether the procedure is for an intent."""
        return any(intent == name or intent.startswith(f"{name}.") for name in self.intents)


def is_procedure(fields: Mapping[str, Field]) -> bool:
    """Tell by its front matter whether a file is a procedure; kinds of other programs are articles.

    Raises:
        RefusalError: The kind looks like a slip of the pen: what is for colleagues must not become a public article.
    """
    field = fields.get("kind")
    if field is None or not isinstance(field.value, str):
        return False
    kind = field.value.strip().lower()
    if kind != KIND and difflib.get_close_matches(kind, (KIND, "sop"), n=1, cutoff=0.7):
        raise RefusalError(f"kind {kind[:40]!r} is unknown: did you mean `{KIND}`?", field.line)
    return kind == KIND


def refuse_unknown_names(fields: Mapping[str, Field]) -> None:
    """Refuse a name that nobody reads where values are a procedure's: nobody else's program writes those.

    Args:
        fields: As they were written, before names are made canonical.

    Raises:
        RefusalError: A name is unknown; says which is meant, if one resembles it.
    """
    named = {name.strip().lower(): field for name, field in fields.items()}
    kind = named.get("kind")
    if kind is None or not isinstance(kind.value, str) or kind.value.strip().lower() != KIND:
        return
    known = (*KNOWN, *ALSO_KNOWN, *ALIASES)
    for name, field in named.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
            remedy = f"did you mean `{near[0]}`?" if near else "take it out, procedures have no such name"
            raise RefusalError(f"unknown name `{name[:40]}`: {remedy}", field.line)


def procedure_of(article: Article, fields: Mapping[str, Field]) -> Procedure:
    """Make a procedure of a file that was read and checked as an article is.

    Args:
        article: Its id, language, title, brand, owner, review date and text.
        fields: Its front matter, for what only procedures have: `intents` and `articles`.

    Raises:
        RefusalError: There are no steps, or too many, or a value cannot be used.
    """
    intro, steps = parse_steps(article.body)
    return Procedure(
        id=article.id,
        language=article.language,
        title=article.title,
        steps=steps,
        intro=intro,
        intents=_intents(fields),
        articles=_names(fields, "articles"),
        brand=article.brand,
        owner=article.owner,
        review_date=article.review_date,
        origin=article.origin,
    )


def parse_steps(markdown: str) -> tuple[str, tuple[Step, ...]]:
    """Cut a text into what stands before its first numbered list, and the steps: the points of its numbered lists.

    What follows a step up to the next one or to a heading belongs to it. A heading of the first level is the title
    again, and no section.

    Raises:
        RefusalError: There are no steps, or too many, or one is too long.
    """
    lines = markdown.split("\n")
    cuts = _cuts(markdown)
    count = sum(cut.is_step for cut in cuts)
    if not count:
        raise RefusalError("no steps: write them as a numbered list (`1. …`)", 0)
    if count > MAX_STEPS:
        raise RefusalError(f"{count} steps, {MAX_STEPS} are allowed: cut the procedure in two", 0)
    steps: list[Step] = []
    section = None
    intro = lines[: cuts[0].line]
    ends = [*[cut.line for cut in cuts[1:]], len(lines)]
    for cut, end in zip(cuts, ends, strict=True):
        if cut.is_step:
            steps.append(Step(_step_text(lines[cut.line : end]), section))
            continue
        heading = next((block.text for block in parse_blocks(lines[cut.line])), None)
        section = heading if cut.level > 1 else None
        if not steps:
            intro += lines[cut.end : end]
    return "\n".join(intro).strip(), tuple(steps)


@dataclass(frozen=True, slots=True)
class _Cut:
    """Where a step or a heading of the outermost level begins; a heading has a `level` and ends before `end`."""

    line: int
    end: int
    level: int = 0

    @property
    def is_step(self) -> bool:
        return self.level == 0


def _cuts(markdown: str) -> list[_Cut]:
    found: list[_Cut] = []
    ordered = False
    for token in _parser().parse(markdown):
        if token.level == 0 and token.type in {"ordered_list_open", "ordered_list_close"}:
            ordered = token.type == "ordered_list_open"
        elif token.map is not None and token.type == "list_item_open" and token.level == 1 and ordered:
            found.append(_Cut(token.map[0], token.map[1]))
        elif token.map is not None and token.type == "heading_open" and token.level == 0:
            found.append(_Cut(token.map[0], token.map[1], int(token.tag[1:])))
    return found


def _step_text(lines: list[str]) -> str:
    marker = _MARKER.match(lines[0])
    width = marker.end() if marker else 0
    rest = [line[width:] if not line[:width].strip() else line for line in lines[1:]]
    text = "\n".join([lines[0][width:], *rest]).strip()
    if not text:
        raise RefusalError("a step has no text", 0)
    if len(text) > MAX_STEP_CHARS:
        raise RefusalError(f"a step has {len(text)} characters, {MAX_STEP_CHARS} are allowed", 0)
    return text


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").disable("inline")


def _intents(fields: Mapping[str, Field]) -> tuple[str, ...]:
    names = _names(fields, "intents")
    for name in names:
        if not _INTENT.fullmatch(name):
            raise RefusalError(f"intent {name[:60]!r} is no label such as delivery.delay", fields["intents"].line)
    return names


def _names(fields: Mapping[str, Field], name: str) -> tuple[str, ...]:
    field = fields.get(name)
    if field is None:
        return ()
    raw = re.split(r"[,;|]", field.value) if isinstance(field.value, str) else list(field.value)
    names = tuple(dict.fromkeys(part.strip() for part in raw if part.strip()))
    if len(names) > MAX_NAMES:
        raise RefusalError(f"{len(names)} {name}, {MAX_NAMES} are allowed", field.line)
    return names
