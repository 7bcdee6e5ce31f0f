"""Read a YAML rule file into a pydantic model, with errors that name file, place and remedy."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from tickets.errors import InvalidInputError


class Rules(BaseModel):
    """Base of all rule files' models: unknown keys are refused, values do not change after reading.

    `guide` is the page that describes the file's keys.
    """

    guide: ClassVar[str] = "docs/routing.md"

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=Rules)


# The loader in C reads the phrases of twelve languages ten times faster; it is in every wheel of PyYAML.
if TYPE_CHECKING or not yaml.__with_libyaml__:  # noqa: SIM108 - type checkers read only the first branch
    _Base = yaml.SafeLoader
else:
    _Base = yaml.CSafeLoader


class _Loader(_Base):
    """YAML in which only true and false are truth values: NO is Norway, and "on" is Turkish for ten."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_data(text: str) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return the data of a YAML file that ships: for a shop's files see `read_rules`."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a subclass of the safe loader


# YAML written by hand stays far below this; a larger file is a mistake or an attack.
MAX_FILE_BYTES = 2_000_000
MAX_DEPTH = 20


def read_rules(path: Path, model: type[Model]) -> Model:
    """Read and check a rule file.

    Raises:
        InvalidInputError: The file is unreadable, no YAML, or does not fit the model; names file, place and remedy.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InvalidInputError(
                f"{path} is larger than {MAX_FILE_BYTES} bytes", field=str(path), hint="Split or shorten the rule file."
            )
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            f"{path} cannot be read: {error}", field=str(path), hint="Check path and encoding."
        ) from error
    try:
        _refuse_bombs(path, text)
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a subclass of the safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        problem = getattr(error, "problem", None) or "unreadable"
        raise InvalidInputError(f"{place} is not valid YAML: {problem}", field=place, hint="Mend the line.") from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _explain(path, model, error, text) from error


def _line(text: str, place: tuple[int | str, ...]) -> int:
    """Return the line on which the value of a path of keys and numbers stands, or the nearest above it."""
    node = yaml.compose(text, Loader=_Loader)
    line = 0 if node is None else node.start_mark.line
    for part in place:
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == str(part)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line
        else:
            break
    return line + 1


def _refuse_bombs(path: Path, text: str) -> None:
    """Refuse nesting that would overrun the loader's stack, and aliases, which can unfold without end."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH or isinstance(event, yaml.AliasEvent):
            place = f"{path}:{event.start_mark.line + 1}" if event.start_mark else str(path)
            problem = "an alias" if isinstance(event, yaml.AliasEvent) else f"nested more than {MAX_DEPTH} deep"
            raise InvalidInputError(f"{place}: {problem}", field=place, hint="Write the value out, plainly.")


def _explain(path: Path, model: type[Rules], error: ValidationError, text: str) -> InvalidInputError:
    first = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "(top)"
    where = f"{path}:{_line(text, first['loc'])}: {place}"
    lists = first["type"] in ("tuple_type", "list_type")
    message = f"{where}: must be a list, as [{first['input']}]" if lists else f"{where}: {first['msg']}"
    hint = f"Correct the value; {model.guide} describes every key."
    if first["type"] == "extra_forbidden":
        wrong = str(first["loc"][-1])
        near = difflib.get_close_matches(wrong, _field_names(model) - {wrong}, n=1)
        message = f"{where}: unknown key {wrong!r}"
        hint = f"Did you mean {near[0]!r}?" if near else f"Remove the key; {model.guide} lists those that are known."
    elif not lists and not isinstance(first["input"], dict | list):
        message += f" (found {first['input']!r})"
    return InvalidInputError(message, field=where, hint=hint)


def _field_names(model: type[BaseModel]) -> set[str]:
    """Return the names of all keys that the model and the models inside it know."""
    names: set[str] = set()
    seen: set[type[BaseModel]] = set()
    queue: list[object] = [model]
    while queue:
        item = queue.pop()
        if isinstance(item, type) and issubclass(item, BaseModel) and item not in seen:
            seen.add(item)
            names.update(item.model_fields)
            queue.extend(field.annotation for field in item.model_fields.values())
        else:
            queue.extend(getattr(item, "__args__", ()))
    return names
