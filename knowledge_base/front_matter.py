"""Front matter: the YAML block between two `---` lines at the top of a file, read as plain strings."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from knowledge_base.errors import RefusalError

# Room for as many questions, of as many characters, as an article may name over HTTP.
MAX_FRONT_MATTER_CHARS = 131_072
MAX_BRACKETS = 100
_FENCE = re.compile(r"^---[ \t]*$", re.MULTILINE)
# What looks like the fence of front matter, and is none; what may stand before it unseen.
_UNSEEN = "\\s\\u00ad\\u200b-\\u200f\\u2060-\\u2064\\ufeff"
_NEARLY = re.compile(rf"(?>(?:[{_UNSEEN}]|(?><!--.*?-->))*)(?:-{{3}}|\+{{3}}|;{{3}}|~{{3}})[^\n]{{0,40}}\n", re.DOTALL)
_NAMES = "visibility|draft|published|private|access|id|title|language|lang|tags|valid_until"
_NAMED = re.compile(rf"^[ \t]*[\"']?(?:{_NAMES})[\"']?[ \t]*[:=]", re.MULTILINE | re.IGNORECASE)
_UNFENCED = re.compile(rf"[{_UNSEEN}]*visibility[ \t]*[:=][ \t]*[\"']?(?:internal|public)\b", re.IGNORECASE)
# So many characters after the fence tell whether names and values follow it.
_LOOKED_AT = 2_000

Value = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A value as it was written, with the line of the file where it stands.

    `nested` says that it was no value, but held others: such belong to other programs, or are a slip.
    """

    value: Value
    line: int
    nested: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A file parted into its front matter and its body; `body_line` is the line where the body begins."""

    fields: dict[str, Field]
    body: str
    body_line: int


def split_front_matter(text: str) -> Document:
    """Part a text into front matter and body; a text without front matter is all body.

    Values stay the strings that were written: `language: no` is Norwegian and `id: 007` keeps its zeros.

    Raises:
        RefusalError: The block is not closed, too long, no YAML, or no mapping, or it is set off in another way than by
            --- in the first line: what it says of who may read the article would be text. Names the line.

    """
    opening = _FENCE.match(text)
    if opening is None:
        _refuse_nearly(text)
        return Document({}, text, 1)
    closing = _FENCE.search(text, opening.end())
    if closing is None:
        raise RefusalError("the front matter opened in line 1 is not closed: add a line with --- after it", 1)
    block = text[opening.end() + 1 : closing.start()]
    body_line = text.count("\n", 0, closing.end()) + 2
    return Document(read_fields(block, first_line=2), text[closing.end() + 1 :], body_line)


def _refuse_nearly(text: str) -> None:
    nearly = _NEARLY.match(text)
    named = nearly is not None and _NAMED.search(_first_block(text[nearly.end() : nearly.end() + _LOOKED_AT]))
    if named or _UNFENCED.match(text):
        line = text.count("\n", 0, nearly.end()) if nearly is not None else 1
        raise RefusalError(
            "this looks like front matter, but is not read as such: it must begin with --- alone in the first line of "
            "the file, and end with --- alone in a line",
            line,
        )


def _first_block(text: str) -> str:
    """Give the lines up to the first empty one: in front matter, names follow the fence at once."""
    return text.lstrip("\n").split("\n\n", 1)[0]


def read_fields(block: str, *, first_line: int = 1) -> dict[str, Field]:
    """Read YAML lines of the form `name: value`.

    Args:
        block: The lines, without the fences around them.
        first_line: The line of the file where they begin.

    Raises:
        RefusalError: They are too long, no YAML, or no mapping; names the line.

    """
    if len(block) > MAX_FRONT_MATTER_CHARS:
        raise RefusalError(f"the front matter has {len(block)} characters, {MAX_FRONT_MATTER_CHARS} are allowed", 1)
    if block.count("[") + block.count("{") > MAX_BRACKETS:
        # The YAML reader's time grows with the square of the nesting.
        raise RefusalError(f"the front matter has more than {MAX_BRACKETS} lists and mappings in brackets", 1)
    return _fields(block, first_line)


def _fields(block: str, first_line: int) -> dict[str, Field]:
    # Composing stops before values are built: no types are guessed, no object is made, aliases cannot multiply.
    try:
        root = yaml.compose(block, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + first_line if error.problem_mark else 1
        raise RefusalError(f"the front matter is not YAML: {error.problem or error.context}", line) from error
    except yaml.YAMLError as error:
        raise RefusalError(f"the front matter is not YAML: {str(error).splitlines()[0]}", 1) from error
    except RecursionError as error:
        raise RefusalError("the front matter is nested too deeply", 1) from error
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode):
        line = root.start_mark.line + first_line
        raise RefusalError("the front matter must hold lines of the form `name: value`", line)
    fields: dict[str, Field] = {}
    for key, value in root.value:
        line = key.start_mark.line + first_line
        if not isinstance(key, yaml.ScalarNode):
            raise RefusalError("a name in the front matter must be a plain word", line)
        name = key.value.strip().lower()
        if name == "<<":
            raise RefusalError("`<<` takes values over from elsewhere: write them out", line)
        if name in fields:
            raise RefusalError(f"`{name}` stands twice in the front matter", line)
        read = _read(value, line)
        if read is not None:
            fields[name] = read
    return fields


def _read(node: yaml.Node, line: int) -> Field | None:
    """Read a string or a flat list of strings."""
    if isinstance(node, yaml.ScalarNode):
        return None if node.tag == "tag:yaml.org,2002:null" else Field(_characters(str(node.value), line), line)
    if isinstance(node, yaml.SequenceNode) and all(isinstance(item, yaml.ScalarNode) for item in node.value):
        # An alias is a few characters long, and stands for many.
        if sum(len(item.value) for item in node.value) > MAX_FRONT_MATTER_CHARS:
            reason = f"a list of more than {MAX_FRONT_MATTER_CHARS} characters, aliases (*) written out: shorten it"
            raise RefusalError(reason, line)
        return Field(tuple(_characters(str(item.value), line) for item in node.value), line)
    return Field("", line, nested=True)


def _characters(value: str, line: int) -> str:
    """Refuse half a surrogate pair: YAML can write it, and nothing can store it."""
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise RefusalError(f"{value[:40]!a} holds half a character (\\ud800 to \\udfff): write it out", line)
    return value
