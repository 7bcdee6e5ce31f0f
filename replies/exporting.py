"""Templates as files again: what an export writes, an import takes without a change."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import yaml

from replies.library import SUFFIX
from replies.matter import FENCE
from replies.storing import tidy_body
from tickets.errors import ConflictError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from replies.matter import Matter

# Old homes and bundles of one's own may hold what no template file can say: nothing of it leaves the folder.
_UNFIT = re.compile(r"[^\w-]+")
_UNFIT_ID = re.compile(r"[^\w.-]+")
DRAFTS = "drafts"


def template_file(matter: Matter, body: str) -> str:
    """Return a template as the text of a file."""
    fields: dict[str, object] = {
        "id": matter.id,
        "intent": matter.intent,
        "language": matter.language,
        "title": matter.title,
    }
    optional: dict[str, object] = {
        "channels": [channel.value for channel in matter.channels],
        "when": matter.when,
        "version": matter.version,
        "brand": matter.brand,
        "owner": matter.owner,
        "review_date": matter.review_date.isoformat() if matter.review_date else None,
        "state": "draft" if matter.draft else None,
    }
    fields |= {name: value for name, value in optional.items() if value not in (None, [])}
    return f"{FENCE}\n{''.join(_line(name, value) for name, value in fields.items())}{FENCE}\n{tidy_body(body)}"


def _line(name: str, value: object) -> str:
    if isinstance(value, list):
        return f"{name}: [{', '.join(value)}]\n"
    if isinstance(value, str) and ("[" in value or "{" in value):
        # The reader counts brackets, to keep nested YAML out: those of a text are written as escapes.
        quoted: str = yaml.safe_dump(value, allow_unicode=True, width=10**6, default_style='"')
        return f"{name}: " + quoted.replace("[", r"\x5B").replace("{", r"\x7B")
    written: str = yaml.safe_dump({name: value}, allow_unicode=True, width=10**6, default_flow_style=False)
    return written


def file_name(matter: Matter) -> str:
    """Return where a template goes below the folder of an export: by language, brand, and whether it is a draft."""
    folders = [_UNFIT.sub("-", matter.language)]
    if matter.brand:
        plain = _UNFIT.sub("-", matter.brand)[:60]
        # Two brands that differ only in what a file name cannot hold are kept apart.
        digest = "" if plain == matter.brand else f"-{hashlib.sha256(matter.brand.encode()).hexdigest()[:8]}"
        folders.append(f"brand-{plain}{digest}")
    if matter.draft:
        folders.append(DRAFTS)
    return "/".join([*folders, f"{_UNFIT_ID.sub('-', matter.id)}{SUFFIX}"])


def write_templates(folder: Path, templates: Iterable[tuple[Matter, str]]) -> int:
    """Write templates below a folder and return how many; a file that says the same already is left alone.

    Raises:
        ConflictError: A file of that name holds something else: nothing is overwritten.
        UnavailableError: The folder cannot be written.

    """
    files = {folder / file_name(matter): template_file(matter, body) for matter, body in templates}
    try:
        for path, text in files.items():
            if path.exists() and path.read_bytes() != text.encode():
                raise ConflictError(
                    f"{path} is there already and says something else",
                    field=str(path),
                    hint="Export into an empty folder.",
                )
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
    except OSError as error:
        raise UnavailableError(
            f"{error.filename or folder} cannot be written: {error.strerror}",
            field=str(folder),
            hint="Give a folder that you may write to.",
        ) from None
    return len(files)
