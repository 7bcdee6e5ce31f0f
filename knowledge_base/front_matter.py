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

Value = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A value as it was written, with the line of the file where it stands."""

    value: Value
    line: int


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
        RefusalError: The block is not closed, too long, no YAML, or no mapping; names the line.

    """
    opening = _FENCE.match(text)
    if opening is None:
        return Document({}, text, 1)
    closing = _FENCE.search(text, opening.end())
    if closing is None:
        raise RefusalError("the front matter opened in line 1 is not closed: add a line with --- after it", 1)
    block = text[opening.end() + 1 : closing.start()]
    body_line = text.count("\n", 0, closing.end()) + 2
    return Document(read_fields(block, first_line=2), text[closing.end() + 1 :], body_line)


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
        if name in fields:
            raise RefusalError(f"`{name}` stands twice in the front matter", line)
        read = _value(value)
        if read is not None:
            fields[name] = Field(read, line)
    return fields


def _value(node: yaml.Node) -> Value | None:
    """Read a string or a flat list of strings; deeper values belong to other programs and are left out."""
    if isinstance(node, yaml.ScalarNode):
        if node.tag == "tag:yaml.org,2002:null":
            return None
        return str(node.value)
    if isinstance(node, yaml.SequenceNode) and all(isinstance(item, yaml.ScalarNode) for item in node.value):
        return tuple(str(item.value) for item in node.value)
    return None
