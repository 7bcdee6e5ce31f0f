"""Reading exports of macros: JSON in the shapes that Zendesk, Gorgias and Freshdesk give."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from replies.library import Refused
from replies.macros.records import Desk, Macro, MacroFile, Skipped
from tickets.errors import InvalidInputError, NotFoundError
from tickets.records import Channel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MAX_FILE_BYTES = 50_000_000
MAX_MACROS = 20_000
NO_TEXT = "it writes no reply"
INTERNAL = "it writes an internal note, no reply to a customer"
INACTIVE = "it is switched off in its help desk"

_LISTS = ("macros", "data", "canned_responses", "responses", "items", "results")
_ZENDESK_CHANNELS = {"web": Channel.EMAIL, "email": Channel.EMAIL, "chat": Channel.CHAT, "messaging": Channel.CHAT}
_DYNAMIC = re.compile(r"\{\{\s*(dc\.[\w-]{1,100})\s*\}\}")


@dataclass(slots=True)
class _Reading:
    """What was read so far; `contents` are texts of dynamic content, by placeholder and then by locale."""

    desk: Desk | None
    macros: list[Macro] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    contents: dict[str, dict[str, str]] = field(default_factory=dict)


def macro_files(path: Path) -> list[Path]:
    """Return the JSON files of a folder and those below it, or the one file that `path` is.

    Raises:
        NotFoundError: There is nothing at `path`.

    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise NotFoundError(f"{path} is neither a file nor a folder", field=str(path), hint="Check the path.")
    return sorted(found for found in path.rglob("*.json") if found.is_file())


def read_macros(path: Path, desk: Desk | None = None) -> MacroFile:
    """Read the macros of a file or of all JSON files below a folder; what cannot be read is refused with its reason.

    Args:
        path: An export, or a folder of them; dynamic content of Zendesk may lie beside its macros.
        desk: Which help desk it is of; None to tell it by the shape.

    Raises:
        NotFoundError: There is nothing at `path`.

    """
    reading = _Reading(desk)
    for file in macro_files(path):
        try:
            entries = list(enumerate(_entries(file), start=1))
            strange = {} if desk is None else {number: entry for number, entry in entries if _is_strange(entry, desk)}
            if desk is not None and strange:
                reading.refused.append(_stranger(file, desk, strange, len(entries)))
            for number, entry in entries:
                if number not in strange:
                    _read(entry, f"{file}", number, reading)
        except InvalidInputError as error:
            reading.refused.append(Refused(str(file), 1, error.message))
    macros = [variant for macro in reading.macros for variant in _with_contents(macro, reading.contents)]
    return MacroFile(tuple(macros), tuple(reading.skipped), tuple(reading.refused))


def _entries(file: Path) -> list[object]:
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise InvalidInputError(f"the file is larger than {MAX_FILE_BYTES:,} bytes: export it in parts")
        loaded: Any = json.loads(file.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise InvalidInputError(f"the file cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InvalidInputError("the file is not UTF-8: save it as UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"the file is no JSON: {str(error)[:100]}") from None
    if isinstance(loaded, dict):
        held = next((loaded[name] for name in _LISTS if isinstance(loaded.get(name), list)), None)
        single = next(
            (loaded[name] for name in ("macro", "canned_response") if isinstance(loaded.get(name), dict)), None
        )
        loaded = held if held is not None else [single or loaded]
    if not isinstance(loaded, list):
        raise InvalidInputError("it holds no list of macros")
    if len(loaded) > MAX_MACROS:
        raise InvalidInputError(
            f"it holds {len(loaded):,} macros, at most {MAX_MACROS:,} are taken: export it in parts"
        )
    return loaded


def _read(entry: object, file: str, number: int, reading: _Reading) -> None:
    """Read one element of an export."""
    if not isinstance(entry, dict):
        reading.refused.append(Refused(file, number, "this is no macro but a bare value"))
        return
    if _is_dynamic_content(entry):
        _keep_content(entry, reading)
        return
    desk = reading.desk or desk_of(entry)
    if desk is None:
        known = ", ".join(Desk)
        reading.refused.append(
            Refused(file, number, f"this has the shape of no macro of {known}: name the desk with --from")
        )
        return
    title = _text(entry.get("title")) or _text(entry.get("name"))
    bare = Macro(desk, _number(entry, number), " ".join(title.split())[:200], "", file)
    found = _READERS[desk](entry, bare)
    if isinstance(found, str):
        reading.skipped.append(Skipped(bare.name, found))
    else:
        reading.macros.append(found)


def desk_of(entry: dict[str, Any]) -> Desk | None:
    """Tell by the shape of a macro which help desk exported it."""
    actions = entry.get("actions")
    if isinstance(actions, list):
        first: Any = next((action for action in actions if isinstance(action, dict)), {})
        if "field" in first or (not actions and "raw_title" in entry):
            return Desk.ZENDESK
        if "name" in first or "arguments" in first or (not actions and "name" in entry):
            return Desk.GORGIAS
    return Desk.FRESHDESK if "content_html" in entry or ("content" in entry and "title" in entry) else None


def _is_strange(entry: object, desk: Desk) -> bool:
    """Say whether an element is no macro of the desk that was named: read as one, it would be passed over silently."""
    if not isinstance(entry, dict) or _is_dynamic_content(entry) or desk_of(entry) is desk:
        return False
    if desk_of(entry) is None and "actions" in entry and desk is not Desk.FRESHDESK:
        return False  # one without any actions looks the same everywhere
    return _READERS[desk](entry, Macro(desk, "", "", "", "")) == NO_TEXT


def _stranger(file: Path, desk: Desk, strange: Mapping[int, Any], of: int) -> Refused:
    told = next((found for found in map(desk_of, strange.values()) if found is not None), None)
    likely = f" but of {told}" if told else ""
    remedy = f"give --from {told}, or leave it out" if told else f"known are {', '.join(Desk)}"
    seen = f"{len(strange)} of {of} macros"
    return Refused(
        str(file), next(iter(strange)), f"this does not look like an export of {desk}{likely} ({seen}): {remedy}"
    )


def _zendesk(entry: dict[str, Any], bare: Macro) -> Macro | str:
    if entry.get("active") is False:
        return INACTIVE
    values: dict[str, Any] = {}
    for action in _actions(entry):
        values[str(action.get("field"))] = action.get("value")
    if str(_last(values.get("comment_mode_is_public"))).lower() == "false":
        return INTERNAL
    html, plain = values.get("comment_value_html"), values.get("comment_value")
    given = html if _last(html) else plain
    text = _last(given)
    if not text:
        return NO_TEXT
    channel = _ZENDESK_CHANNELS.get(_channel(given))
    return replace(bare, text=text, html=given is html, channels=(channel,) if channel else ())


def _gorgias(entry: dict[str, Any], bare: Macro) -> Macro | str:
    if entry.get("archived_datetime"):
        return INACTIVE
    for action in _actions(entry):
        arguments = action.get("arguments")
        if action.get("name") == "setResponseText" and isinstance(arguments, dict):
            html, plain = _text(arguments.get("body_html")), _text(arguments.get("body_text"))
            if html or plain:
                language = _text(entry.get("language")).replace("_", "-").partition("-")[0].lower() or None
                return replace(bare, text=html or plain, html=bool(html), language=language)
    if any(action.get("name") == "addInternalNote" for action in _actions(entry)):
        return INTERNAL
    return NO_TEXT


def _freshdesk(entry: dict[str, Any], bare: Macro) -> Macro | str:
    html, plain = _text(entry.get("content_html")), _text(entry.get("content"))
    if not html and not plain:
        return NO_TEXT
    return replace(bare, text=html or plain, html=bool(html))


_READERS = {Desk.ZENDESK: _zendesk, Desk.GORGIAS: _gorgias, Desk.FRESHDESK: _freshdesk}


def _actions(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    actions = entry.get("actions")
    yield from (action for action in (actions if isinstance(actions, list) else ()) if isinstance(action, dict))


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _last(value: object) -> str:
    """Return the text of an action; Zendesk may write `["channel:chat", "text"]`."""
    if isinstance(value, list):
        value = value[-1] if value else ""
    return str(value).lower() if isinstance(value, bool) else _text(value)


def _channel(value: object) -> str:
    first = value[0] if isinstance(value, list) and len(value) > 1 else ""
    return first.partition(":")[2] if isinstance(first, str) else ""


def _number(entry: dict[str, Any], position: int) -> str:
    """Return the desk's number of a macro, as a part of a template's id."""
    number = entry.get("id")
    written = str(number) if isinstance(number, int | str) and not isinstance(number, bool) else ""
    return re.sub(r"[^a-z0-9]+", "_", written.lower()).strip("_")[:24] or f"at_{position}"


def _is_dynamic_content(entry: dict[str, Any]) -> bool:
    return isinstance(entry.get("variants"), list) and _text(entry.get("placeholder")).startswith("{{")


def _keep_content(entry: dict[str, Any], reading: _Reading) -> None:
    """Keep a text of Zendesk's dynamic content by locale; the one without a locale is the default."""
    texts: dict[str, str] = {}
    for variant in entry["variants"]:
        if isinstance(variant, dict) and variant.get("active") is not False and _text(variant.get("content")):
            texts[str(variant.get("locale_id"))] = _text(variant.get("content"))
            if variant.get("default"):
                texts[""] = _text(variant.get("content"))
    name = _DYNAMIC.search(_text(entry.get("placeholder")))
    if texts and name:
        reading.contents[name.group(1).lower()] = {"": next(iter(texts.values())), **texts}


def _with_contents(macro: Macro, contents: dict[str, dict[str, str]]) -> Iterator[Macro]:
    """Yield a macro once for each locale that its dynamic content is written in."""
    used = [name.lower() for name in _DYNAMIC.findall(macro.text) if name.lower() in contents]
    locales = sorted({locale for name in used for locale in contents[name] if locale})
    if not used:
        yield macro
        return
    by_text: dict[str, list[str]] = defaultdict(list)
    for locale in locales or [""]:
        text = _DYNAMIC.sub(lambda found, at=locale: _content(found, contents, at), macro.text)  # type: ignore[misc]
        by_text[text].append(locale)
    for text, places in by_text.items():
        suffix = f"_{places[0].lower()}" if len(by_text) > 1 else ""
        yield replace(macro, text=text, number=re.sub(r"[^a-z0-9]+", "_", f"{macro.number}{suffix}"))


def _content(found: re.Match[str], contents: dict[str, dict[str, str]], locale: str) -> str:
    texts = contents.get(found.group(1).lower())
    return found.group() if texts is None else texts.get(locale, texts[""])
