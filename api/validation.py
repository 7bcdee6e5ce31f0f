"""One pass from bytes to a validated schema, and refusals that name field, value and remedy."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from tickets.errors import DeskhandError, InvalidInputError

SHOWN_CHARACTERS = 60
MOST_NAMED = 5
DEFAULT_HINT = "GET /docs shows an example of the whole request."

# Errors that our own validators raised.
_OWN = frozenset({"value_error", "assertion_error"})
_MUST_BE = "must be "

SchemaT = TypeVar("SchemaT", bound=BaseModel)

# What is expected instead, by pydantic's error type; {name} comes from the error's context.
_EXPECTED: Mapping[str, str] = {
    "missing": "is missing",
    "string_type": "must be a string",
    "string_too_long": "has {length} characters; at most {max_length} are taken",
    "string_too_short": "has {length} characters; at least {min_length} are needed",
    "string_pattern_mismatch": "does not match the pattern {pattern}",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "enum": "must be one of {expected}",
    "literal_error": "must be one of {expected}",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be over {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be under {lt}",
    "too_long": "has {actual_length} elements; at most {max_length} are taken",
    "too_short": "has {actual_length} elements; at least {min_length} are needed",
    "datetime_type": "must be a date and time in ISO 8601, as 2026-11-21T09:30:00Z",
    "datetime_parsing": "must be a date and time in ISO 8601, as 2026-11-21T09:30:00Z",
    "datetime_from_date_parsing": "must be a date and time in ISO 8601, as 2026-11-21T09:30:00Z",
    "date_type": "must be a date, as 2026-11-21",
    "date_parsing": "must be a date, as 2026-11-21",
    "date_from_datetime_parsing": "must be a date, as 2026-11-21",
    "bytes_invalid_encoding": "must be base64",
}
_HINTS: Mapping[str, str] = {
    "string_too_long": "Shorten it.",
    "string_too_short": "Fill it, or leave it out where it is optional.",
    "too_long": "Split it over several requests.",
    "missing": "Add it; GET /docs shows an example of the whole request.",
}


class InvalidJsonError(DeskhandError):
    """The body is not JSON."""

    status = 400
    code = "invalid_json"


def parse(schema: type[SchemaT], body: bytes) -> SchemaT:
    """Validate a JSON body.

    Raises:
        InvalidJsonError: The bytes are no JSON (also: too deep, not UTF-8, half a surrogate pair).
        InvalidInputError: A field is missing, unknown or has a value that cannot be used.

    """
    try:
        return schema.model_validate_json(body)
    except ValidationError as error:
        raise explain(error, schema) from None


def explain(error: ValidationError, schema: type[BaseModel] | None = None) -> DeskhandError:
    """Turn pydantic's errors into one: the first with field, value and remedy, of the others the fields."""
    errors = error.errors(include_url=False)
    first = errors[0]
    if first["type"] == "json_invalid":
        place = str(first.get("ctx", {}).get("error", first["msg"]))
        hint = "Send one JSON value in UTF-8: no half surrogate pairs, no raw control characters, at most 200 deep."
        return InvalidJsonError(f"The body is not valid JSON: {place}", hint=hint)
    return _explain_one(first, schema, others=errors[1:])


def problems(error: ValidationError, within: str | None = None) -> dict[str, str]:
    """Return what is wrong with each field, by its path, in the order of the fields.

    Args:
        error: What pydantic says.
        within: The field that holds what was validated, where it is part of something larger.

    """
    found: dict[str, str] = {}
    for one in error.errors(include_url=False):
        path = field_path(tuple(one["loc"]) if within is None else (within, *one["loc"])) or "the whole"
        found.setdefault(path, f"{path}{_said(one)[0]}")
    return found


def explain_query(errors: Sequence[Any]) -> DeskhandError:
    """Explain what FastAPI says of a query, path or header parameter."""
    first = dict(errors[0])
    first["loc"] = tuple(first["loc"])[1:] or tuple(first["loc"])
    others = [{"loc": tuple(error["loc"])[1:] or tuple(error["loc"])} for error in errors[1:]]
    return _explain_one(first, None, others=others)


def field_path(location: Sequence[str | int]) -> str:
    """Write a location as people do: `messages[3].text`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def shortened(value: object) -> str:
    """Show a value in at most sixty characters."""
    if isinstance(value, BaseModel | Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    shown = repr(value[: SHOWN_CHARACTERS + 1]) if isinstance(value, str) else str(value)
    return shown if len(shown) <= SHOWN_CHARACTERS else f"{shown[: SHOWN_CHARACTERS - 1]}…"


def nearest(name: str, valid: Sequence[str]) -> str:
    """Return a hint that names the nearest valid name, or all of them."""
    close = difflib.get_close_matches(name[:80].lower(), valid, n=1, cutoff=0.55)
    return f"Did you mean {close[0]}?" if close else f"Valid names: {', '.join(valid)}."


def _explain_one(
    first: Mapping[str, Any], schema: type[BaseModel] | None, *, others: Sequence[Mapping[str, Any]]
) -> InvalidInputError:
    kind, location = str(first["type"]), tuple(first["loc"])
    path = field_path(location) or "the body"
    more = _also_wrong(path, others)
    if kind == "extra_forbidden":
        valid = _fields_at(schema, location[:-1])
        remedy = nearest(str(location[-1]), valid) if valid else "Leave it out."
        return InvalidInputError(f"{path} is not a known field{more}", field=path, hint=remedy)
    said, hint = _said(first)
    return InvalidInputError(f"{path}{said}{more}", field=path, hint=hint)


def _said(first: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return what is wrong with a value, to stand behind its path, and what to do about it."""
    kind = str(first["type"])
    context = dict(first.get("ctx") or {})
    value = first.get("input")
    if isinstance(value, str):
        context.setdefault("length", len(value))
    expected, hint = _own_words(context, first) if kind in _OWN else _common_words(kind, context, first)
    if value is None and kind not in _OWN and expected.startswith(_MUST_BE):
        return f": null is not allowed; expected {expected.removeprefix(_MUST_BE)}", hint
    shown = "" if kind == "missing" or not first["loc"] else f" ({shortened(value)})"
    return f"{shown} {expected}", hint


def _also_wrong(path: str, others: Sequence[Mapping[str, Any]]) -> str:
    """Name the other fields that are wrong, up to five of them."""
    names = list(dict.fromkeys(field_path(tuple(other["loc"])) or "the body" for other in others))
    names = [name for name in names if name != path]
    if not names:
        return ""
    rest = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"; also wrong: {', '.join(name[:SHOWN_CHARACTERS] for name in names[:MOST_NAMED])}{rest}"


def _common_words(kind: str, context: Mapping[str, Any], first: Mapping[str, Any]) -> tuple[str, str | None]:
    known = _EXPECTED.get(kind)
    return known.format(**context) if known else f"cannot be used: {first['msg']}", _HINTS.get(kind, DEFAULT_HINT)


def _own_words(context: Mapping[str, Any], first: Mapping[str, Any]) -> tuple[str, str | None]:
    """Split what our own validators say, `what is wrong|what to do`, in two."""
    said = str(context.get("error") or first["msg"])
    expected, _, hint = said.partition("|")
    return expected, hint or None


def _fields_at(schema: type[BaseModel] | None, location: Sequence[str | int]) -> list[str]:
    """List the valid names of the object at a location."""
    model = schema
    for part in location:
        if model is None:
            return []
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        model = _model_in(field.annotation) if field else None
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _model_in(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - any type expression
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        found = _model_in(argument)
        if found is not None:
            return found
    return None
