"""How large an article's text may be, wherever it comes from."""

from __future__ import annotations

from knowledge_base.errors import RefusalError

MAX_FILE_BYTES = 2 * 1024 * 1024
MAX_LINES = 20_000
MAX_BARS_IN_LINE = 500
# A table's cells are what takes longest to lay out: so many take a third of a second.
MAX_BARS = 20_000


def check_size(body: str, line: int) -> None:
    """Refuse what parses slowly, so that one text cannot hold up an import, or who reads it.

    Args:
        body: The text in Markdown.
        line: The line of its file where it begins.

    Raises:
        RefusalError: It has too many characters, lines or cells.

    """
    if len(body) > MAX_FILE_BYTES:
        reason = f"the text has {len(body)} characters, {MAX_FILE_BYTES} are allowed: cut it into several articles"
        raise RefusalError(reason, line)
    bars = body.count("|")
    if bars > MAX_BARS:
        raise RefusalError(f"tables with {bars} cells, {MAX_BARS} are allowed: cut them into several articles", line)
    lines = body.split("\n")
    if len(lines) > MAX_LINES:
        raise RefusalError(
            f"the text has {len(lines)} lines, {MAX_LINES} are allowed: cut it into several articles", line
        )
    for offset, content in enumerate(lines):
        if content.count("|") > MAX_BARS_IN_LINE:
            reason = f"a table row with more than {MAX_BARS_IN_LINE} cells: cut the table into several"
            raise RefusalError(reason, line + offset)
