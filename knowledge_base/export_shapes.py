"""Exports of help desks, known by the shape of their objects: Zendesk, Intercom, Help Scout, HelpDocs, Helpjuice.

Each gives its articles under Deskhand's names, one for every language. What a help desk shows to some people only is
internal here, and so is what it says in a way that two readings are possible of.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from knowledge_base.fields import MAX_TAGS, language_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Object = Mapping[str, object]

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?|\d{9,10}")
_REGION = re.compile(r"[A-Za-z]{2,3}[-_]([A-Za-z]{2})")
_MOST_SHELVES = 8
# Helpjuice numbers who may read an article: internal, public, private.
_HELPJUICE_PUBLIC = "1"


@dataclass(frozen=True, slots=True)
class ExportedArticle:
    """An article in one language: its values under Deskhand's names, and whether it is published; `label` names it."""

    label: str
    values: dict[str, str | tuple[str, ...]]
    published: bool = True


@dataclass(frozen=True, slots=True)
class _Shelf:
    """A section, category or collection; `above` is the id of the one that holds it."""

    name: str
    above: str
    public: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands beside the articles of an export: the shelves that they stand on, and translations."""

    shelves: Mapping[str, _Shelf] = field(default_factory=dict)
    translations: tuple[Object, ...] = ()

    @classmethod
    def of(cls, outer: Object) -> Surroundings:
        """Read what an outer object holds beside its articles."""
        shelves: dict[str, _Shelf] = {}
        for kind in ("categories", "collections", "sections"):
            for one in _objects(outer.get(kind)):
                above = _first(one, "category_id", "parent_section_id", "parent_id", "collectionId")
                name = _first(one, "name", "title")
                # HelpDocs calls a category's own id `category_id`.
                key = _first(one, "id") or above
                public = _first(one, "visibility") != "private" and not _true(one, "is_private")
                shelves[key] = _Shelf(name, "" if key == above else above, public)
        return cls(shelves, tuple(_objects(outer.get("translations"))))

    def names(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Give the names of shelves, each followed by those that hold it."""
        return tuple(shelf.name for key in keys for shelf in self._upwards(key) if shelf.name)

    def public(self, keys: Iterable[str]) -> bool:
        """Tell whether all shelves, and those that hold them, are open to everybody."""
        return all(shelf.public for key in keys for shelf in self._upwards(key))

    def _upwards(self, key: str) -> Iterator[_Shelf]:
        for _ in range(_MOST_SHELVES):
            shelf = self.shelves.get(key)
            if shelf is None:
                return
            yield shelf
            key = shelf.above


@dataclass(frozen=True, slots=True)
class _Wording:
    """What an article says in one locale; an empty locale is not known."""

    locale: str
    title: str
    body: str
    published: bool
    updated_at: str = ""
    url: str = ""
    public: bool = True


@dataclass(frozen=True, slots=True)
class _Whole:
    """An article in all its locales, the original first; `source` is the original's locale where it may be missing."""

    key: str
    wordings: tuple[_Wording, ...]
    tags: tuple[str, ...]
    public: bool
    source: str = ""


def exported(value: Object, around: Surroundings) -> list[ExportedArticle] | None:
    """Give the articles of one object, or None where it has no shape that is known."""
    for fits, read in _SHAPES:
        if fits(value):
            return _in_every_language(read(value, around))
    return None


def _in_every_language(whole: _Whole) -> list[ExportedArticle]:
    """Give one article a language; a second wording in one language is an article of its own, for its region."""
    original = whole.source or whole.wordings[0].locale
    source = language_code(original)
    given: list[ExportedArticle] = []
    # Where the original is exported by itself, it has the plain id there.
    alone = all(wording.locale.lower() != original.lower() for wording in whole.wordings)
    taken = {source} if alone else set()
    for wording in whole.wordings:
        code = language_code(wording.locale)
        second = code is not None and code in taken
        taken.add(code)
        key = f"{whole.key}.{wording.locale.lower()}" if second else whole.key
        region = _REGION.fullmatch(wording.locale) if second else None
        values: dict[str, str | tuple[str, ...]] = {
            "id": key,
            "title": wording.title,
            "language": wording.locale,
            "body_html": wording.body,
            "visibility": "public" if whole.public and wording.public else "internal",
            "tags": whole.tags,
            "market": region[1] if region else "",
            "translation_of": whole.key if second else "",
            "original_language": source if source is not None and source != code else "",
            "source_url": wording.url if wording.url.lower().startswith(("https://", "http://")) else "",
            "source_updated_at": wording.updated_at if _MOMENT.fullmatch(wording.updated_at) else "",
        }
        label = f"article {whole.key}" + (f" ({wording.locale})" if wording.locale else "")
        given.append(ExportedArticle(label, {name: one for name, one in values.items() if one}, wording.published))
    return given


def _is_zendesk(value: Object) -> bool:
    return "section_id" in value and "id" in value and ("locale" in value or "source_locale" in value)


def _zendesk(value: Object, around: Surroundings) -> _Whole:
    key = _first(value, "id")
    source = _first(value, "source_locale", "locale")
    own = _zendesk_wording(value)
    beside = [one for one in around.translations if _first(one, "source_id") == key]
    others = [_zendesk_wording(one) for one in (*_objects(value.get("translations")), *beside)]
    wordings = {wording.locale.lower(): wording for wording in (own, *others)}
    wordings[own.locale.lower()] = replace(own, url=own.url or wordings[own.locale.lower()].url)
    ordered = sorted(wordings.values(), key=lambda wording: wording.locale.lower() != source.lower())
    tags = (*_texts(value.get("label_names")), *around.names([_first(value, "section_id")]))
    restricted = _first(value, "user_segment_id") or _texts(value.get("user_segment_ids"))
    return _Whole(key, tuple(ordered), _distinct(tags), not restricted, source)


def _zendesk_wording(value: Object) -> _Wording:
    return _Wording(
        locale=_first(value, "locale"),
        title=_first(value, "title", "name"),
        body=_first(value, "body"),
        published=not _true(value, "draft") and not _true(value, "hidden"),
        updated_at=_first(value, "edited_at", "updated_at"),
        url=_first(value, "html_url"),
    )


def _is_intercom(value: Object) -> bool:
    return _first(value, "type") in {"article", "internal_article"} and ("state" in value or "workspace_id" in value)


def _intercom(value: Object, around: Surroundings) -> _Whole:
    default = _first(value, "default_locale", "locale")
    translated = value.get("translated_content")
    others = {
        str(locale): content
        for locale, content in (translated.items() if isinstance(translated, Mapping) else ())
        if isinstance(content, Mapping) and str(locale) != default
    }
    own = _intercom_wording(default, value)
    wordings = (own, *(_intercom_wording(locale, content) for locale, content in others.items()))
    parents = _texts(value.get("parent_ids")) or [_first(value, "parent_id")]
    held = value.get("tags")
    tags = [_first(one, "name") for one in _objects(held.get("tags") if isinstance(held, Mapping) else held)]
    return _Whole(
        _first(value, "id"), wordings, _distinct((*tags, *around.names(parents))), value.get("type") == "article"
    )


def _intercom_wording(locale: str, value: Object) -> _Wording:
    return _Wording(
        locale=locale,
        title=_first(value, "title"),
        body=_first(value, "body"),
        published=_first(value, "state") == "published",
        updated_at=_first(value, "updated_at"),
        url=_first(value, "url"),
        public=not value.get("audience_ids"),
    )


def _is_help_scout(value: Object) -> bool:
    return "collectionId" in value and "status" in value


def _help_scout(value: Object, around: Surroundings) -> _Whole:
    shelves = [*_texts(value.get("categories")), _first(value, "collectionId")]
    wording = _Wording(
        locale="",
        title=_first(value, "name"),
        body=_first(value, "text"),
        published=_first(value, "status") == "published",
        updated_at=_first(value, "updatedAt", "lastPublishedAt"),
        url=_first(value, "publicUrl"),
    )
    public = around.public(shelves) and _first(value, "visibility") != "private"
    tags = (*_texts(value.get("keywords")), *around.names(shelves))
    return _Whole(_first(value, "id"), (wording,), _distinct(tags), public)


def _is_helpdocs(value: Object) -> bool:
    return "article_id" in value and "is_published" in value


def _helpdocs(value: Object, around: Surroundings) -> _Whole:
    live = _true(value, "is_published")
    own = _helpdocs_wording(value, live)
    others = [_helpdocs_wording(one, live) for one in _objects(value.get("multilingual"))]
    # The default language may stand in both places, and only in the list with its name.
    same = [one for one in others if one.locale == own.locale or (one.title, one.body) == (own.title, own.body)]
    if same and not own.locale:
        own = replace(own, locale=same[0].locale)
    others = [one for one in others if one.locale != own.locale and one.body]
    category = [_first(value, "category_id")]
    tags = (*_texts(value.get("tags")), *(around.names(category) or (_first(value, "category_title"),)))
    # `is_private` means: only for those who have the link.
    public = not _true(value, "is_private") and not value.get("permission_groups") and around.public(category)
    return _Whole(_first(value, "article_id"), (own, *others), _distinct(tags), public)


def _helpdocs_wording(value: Object, live: bool) -> _Wording:
    return _Wording(
        locale=_first(value, "language_code"),
        title=_first(value, "title"),
        body=_first(value, "body"),
        published=live and value.get("is_live") is not False,
        updated_at=_first(value, "updated_at"),
        url=_first(value, "url", "full_url"),
    )


def _is_helpjuice(value: Object) -> bool:
    return "name" in value and ("answer" in value or {"codename", "published"} <= set(value))


def _helpjuice(value: Object, _around: Surroundings) -> _Whole:
    held = value.get("answer")
    answer: Object = held if isinstance(held, Mapping) else {}
    shelves = [_first(one, "name") for one in _objects(value.get("categories"))]
    wording = _Wording(
        locale=_first(value, "language_code", "language"),
        title=_first(value, "name"),
        body=_first(answer, "body", "processed_body") or _first(value, "body"),
        published=_true(value, "published") or _true(value, "is_published"),
        updated_at=_first(value, "updated_at", "last_published_date"),
        url=_first(value, "url"),
    )
    # `visibility_id` is numbered otherwise in different accounts of the interface, so it opens nothing.
    public = _first(value, "accessibility") in {_HELPJUICE_PUBLIC, "public"} or value.get("is_internal") is False
    tags = (*_texts(value.get("tag_names")), *_texts(value.get("question_tags")), *shelves)
    return _Whole(_first(value, "id"), (wording,), _distinct(tags), public)


_SHAPES: tuple[tuple[Callable[[Object], bool], Callable[[Object, Surroundings], _Whole]], ...] = (
    (_is_intercom, _intercom),
    (_is_zendesk, _zendesk),
    (_is_helpdocs, _helpdocs),
    (_is_help_scout, _help_scout),
    (_is_helpjuice, _helpjuice),
)


def _first(value: Object, *names: str) -> str:
    """Give the first of some values that is a text or number, as text; empty where there is none."""
    for name in names:
        found = value.get(name)
        if isinstance(found, str | int) and not isinstance(found, bool) and found != "":
            return str(found)
    return ""


def _true(value: Object, name: str) -> bool:
    return value.get(name) is True


def _objects(value: object) -> list[Object]:
    """Give the objects of a list, also where it stands under `items`."""
    if isinstance(value, Mapping):
        value = value.get("items")
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value if isinstance(one, str | int)) if isinstance(value, list) else ()


def _distinct(tags: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for tag in tags if tag))[:MAX_TAGS]
