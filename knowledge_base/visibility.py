"""Who may read an article, and whether anybody may: by Deskhand's names, and by those of other programs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from knowledge_base.errors import RefusalError
from knowledge_base.records import Visibility

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knowledge_base.front_matter import Field

_DAY = re.compile(r"\d{4}-\d\d?-\d\d?|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{9,10}$")
_TRUE = frozenset({"true", "yes", "on", "y", "1"})
_FALSE = frozenset({"false", "no", "off", "n", "0"})
_INTERNAL_BY = {
    "private": _TRUE,
    "access": frozenset({"internal", "private", "restricted", "protected", "staff", "team", "agents", "employees"}),
}
_PUBLIC_BY = {"private": _FALSE, "access": frozenset({"public", "open", "everyone", "everybody", "anyone", "all"})}


def one_value(fields: Mapping[str, Field], name: str) -> str | None:
    """Give a value as it was written, or None where it is missing or blank.

    Raises:
        RefusalError: It is a list.

    """
    field = fields.get(name)
    if field is None:
        return None
    if not isinstance(field.value, str):
        raise RefusalError(f"`{name}` must be one value, not a list", field.line)
    return field.value.strip() or None


def is_unpublished(fields: Mapping[str, Field]) -> bool:
    """Tell whether nobody shall read an article yet, or any more: `draft: true`, or `published: false`.

    Raises:
        RefusalError: `draft` is neither true nor false, or `published` neither, nor a day.

    """
    draft, published = ((one_value(fields, name) or "").lower() for name in ("draft", "published"))
    if draft and draft not in _TRUE | _FALSE:
        raise RefusalError(f"draft {draft[:40]!r} must be `true` or `false`", fields["draft"].line)
    # Some programs note the day on which something was published.
    if published and published not in _TRUE | _FALSE and not _DAY.match(published):
        reason = f"published {published[:40]!r} must be `true`, `false` or a day such as 2026-12-31"
        raise RefusalError(reason, fields["published"].line)
    return draft in _TRUE or published in _FALSE


def visibility_of(fields: Mapping[str, Field]) -> Visibility:
    """Read who may read an article: everybody, unless it says something else.

    Raises:
        RefusalError: A value is unknown, or two contradict each other.

    """
    given = one_value(fields, "visibility")
    if given is None:
        restricted = [_restricts(fields, name, None) for name in _INTERNAL_BY]
        return Visibility.INTERNAL if any(restricted) else Visibility.PUBLIC
    try:
        visibility = Visibility(given.lower())
    except ValueError:
        line = fields["visibility"].line
        raise RefusalError(f"visibility {given[:40]!r} must be `public` or `internal`", line) from None
    for name in _INTERNAL_BY:
        _restricts(fields, name, visibility)
    return visibility


def _restricts(fields: Mapping[str, Field], name: str, stated: Visibility | None) -> bool:
    """Tell whether an article is internal by a name that other programs use."""
    given = (one_value(fields, name) or "").lower()
    internal = given in _INTERNAL_BY[name]
    if internal and stated is Visibility.PUBLIC:
        reason = (
            f"`{name}: {given}` contradicts `visibility: public`: say `visibility: internal`, or take one of them out"
        )
        raise RefusalError(reason, fields[name].line)
    if given and stated is None and not internal and given not in _PUBLIC_BY[name]:
        reason = f"{name} {given[:40]!r} is unknown: say `visibility: internal`, or `visibility: public`"
        raise RefusalError(reason, fields[name].line)
    return internal
