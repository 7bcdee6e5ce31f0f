"""Check template files: `python -m replies.lint PATH…`; one line for each finding, exit status 1 where there is any."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from replies.library import SHIPPED, SUFFIX, load_file, template_files
from replies.marketplaces import violations
from replies.samples import situations
from replies.slots import Situation, slots
from tickets.errors import DeskhandError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from replies.templates import Template

COVERAGE = SHIPPED / "coverage.yaml"

_LEFTOVERS = (
    (re.compile(r"\{\{|\}\}|\{%|%\}"), "Liquid is left in the text"),
    (re.compile(r"</?[a-zA-Z][^<>\n]{0,80}>|&(?:amp|nbsp|lt|gt|quot|#\d{1,5});"), "HTML is left in the text"),
    (re.compile(r"\*\*|\]\(|^#{1,6} |`", re.MULTILINE), "Markdown is left in the text"),
    (re.compile(r"[^\S\n]{2,}|^[^\S\n]|[^\S\n]$", re.MULTILINE), "double spaces or a space at a line's edge"),
    (re.compile(r" [,.;،。，、؛](?!\.)|(?<!\d),,|[,،，、] ?[.!?。！？؟]"), "a gap before a punctuation mark"),
    (re.compile(r"\b(?:None|nil|null|undefined)\b"), "an empty value is written out"),
    (re.compile(r"\b\d{4}-\d{2}-\d{2}\b"), "a date is written as a machine writes it"),
    (re.compile("[\u00ad\u200b-\u200d\u2028-\u202e\u2060-\u2069\ufeff]"), "invisible characters"),
)
# A greeting that lost its name ends its line with the honorific alone or starts with a comma.
_BLANK_GREETING = re.compile(r"\A[\s,،，、!！]|\A(?:様|さま|先生|女士)")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend in a template file."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the shipped library must hold: generic and other variants of everyday intents, all of further ones."""

    generic: dict[str, str]
    others: dict[str, tuple[str, ...]]
    further: dict[str, tuple[str, ...]]
    complete: frozenset[str]
    languages: tuple[str, ...]
    intents: tuple[str, ...]

    def generic_ids(self) -> tuple[str, ...]:
        """Return the templates that must work without data."""
        return tuple(f"{intent}.{name}" for intent, name in self.generic.items())

    def ids(self) -> tuple[str, ...]:
        """Return every template that each language must have."""
        named = [*self.others.items(), *self.further.items()]
        return self.generic_ids() + tuple(f"{intent}.{name}" for intent, names in named for name in names)


def read_coverage(path: Path = COVERAGE) -> Coverage:
    """Read the coverage list of the shipped library."""
    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    everyday = loaded["everyday"]
    return Coverage(
        generic={intent: entry["generic"] for intent, entry in everyday.items()},
        others={intent: tuple(entry["others"]) for intent, entry in everyday.items()},
        further={intent: tuple(names) for intent, names in loaded["further"].items()},
        complete=frozenset(loaded["complete"]),
        languages=tuple(loaded["languages"]),
        intents=tuple(loaded["intents"]),
    )


def lint_file(path: Path) -> tuple[Template | None, list[Finding]]:
    """Check one file by itself: it compiles, is named rightly, and reads well in every sample situation."""
    try:
        template = load_file(path)
    except InvalidInputError as error:
        line = (error.field or "").rpartition(":")[2]
        hint = f" ({error.hint})" if error.hint and "\n" not in error.message else ""
        message = error.message.removeprefix(f"{path}:{line}: ") + hint
        return None, [Finding(str(path), int(line) if line.isdigit() else 1, message)]
    messages = [*_misplaced(template, path), *_badly_filled(template)]
    return template, [Finding(str(path), 1, message) for message in dict.fromkeys(messages)]


def _misplaced(template: Template, path: Path) -> Iterable[str]:
    if path.name != f"{template.id}{SUFFIX}":
        yield f"the file should be named {template.id}{SUFFIX}"
    if SHIPPED.resolve() in path.resolve().parents and path.resolve().parent.name != template.language:
        yield f"language {template.language!r} does not belong in the folder {path.resolve().parent.name!r}"


def _badly_filled(template: Template) -> Iterable[str]:
    offered = False
    for name, situation in situations(template.language):
        values = slots(situation, template.language)
        if not template.fits(values):
            continue
        text = template.render(values)
        if text is None:
            bare = template.bare(values)
            if bare:
                yield f"{bare} ({name})"
            continue
        offered = True
        for message in text_problems(text.replace("\u200e", "")):
            yield f"{message} ({name})"
    if not offered:
        yield "it is never offered: neither its `when` nor its variables are met by any sample order"


def text_problems(text: str) -> list[str]:
    """Name what a customer should not see in a finished reply."""
    found = [f"{message}: {_around(text, match)}" for pattern, message in _LEFTOVERS if (match := pattern.search(text))]
    if _BLANK_GREETING.search(text):
        found.append(f"the greeting is blank: {text[:20]!r}")
    return found


def _around(text: str, match: re.Match[str]) -> str:
    return repr(text[max(match.start() - 12, 0) : match.end() + 12])


def is_generic(template: Template) -> bool:
    """Say whether a template can be offered when nothing is known of customer, order and shop."""
    values = slots(Situation(), template.language)
    return template.fits(values) and template.render(values) is not None


def lint_generic(template: Template, path: Path) -> list[Finding]:
    """Check a variant that must work without data: it renders, and a marketplace may carry it."""
    values = slots(Situation(), template.language)
    text = template.render(values)
    if text is None or not template.fits(values):
        reason = "has a `when` that asks for data" if text else f"needs {template.missing(values)}"
        return [Finding(str(path), 1, f"this variant must be offered when nothing is known, but it {reason}")]
    return [
        Finding(str(path), 1, f"a generic variant holds no {what}: marketplaces forbid it") for what in violations(text)
    ]


def lint_coverage(templates: dict[Path, Template], coverage: Coverage, folders: Iterable[Path]) -> list[Finding]:
    """Check that language folders of the shipped library hold all that the coverage list names."""
    findings: list[Finding] = []
    present: dict[str, dict[str, Path]] = defaultdict(dict)
    for path, template in templates.items():
        present[template.language][template.id] = path
    for folder in folders:
        language, ids = folder.name, present[folder.name]
        findings.extend(
            Finding(str(folder / f"{name}{SUFFIX}"), 1, "missing: the coverage list names it")
            for name in coverage.ids()
            if name not in ids
        )
        generic = [ids[name] for name in coverage.generic_ids() if name in ids]
        for path in generic:
            findings.extend(lint_generic(templates[path], path))
        if language in coverage.complete:
            findings.extend(_incomplete(folder, [templates[path] for path in ids.values()], coverage))
    return findings


def _incomplete(folder: Path, templates: list[Template], coverage: Coverage) -> list[Finding]:
    generic = {template.intent for template in templates if is_generic(template)}
    unknown = {template.intent for template in templates} - set(coverage.intents)
    return [
        *(
            Finding(str(folder), 1, f"no generic variant of {intent}")
            for intent in coverage.intents
            if intent not in generic
        ),
        *(Finding(str(folder), 1, f"{intent} is no intent of the shipped labels") for intent in sorted(unknown)),
    ]


def lint(paths: Sequence[Path]) -> list[Finding]:
    """Check files and folders; a language folder of the shipped library is also checked for completeness.

    Raises:
        NotFoundError: A path does not exist.

    """
    findings: list[Finding] = []
    templates: dict[Path, Template] = {}
    for file in dict.fromkeys(file for path in paths for file in template_files(path)):
        template, found = lint_file(file)
        findings.extend(found)
        if template is not None:
            templates[file] = template
    coverage = read_coverage()
    findings.extend(lint_coverage(templates, coverage, _language_folders(paths, coverage)))
    return findings


def _language_folders(paths: Iterable[Path], coverage: Coverage) -> list[Path]:
    """Return the language folders of the shipped library that were named whole."""
    shipped = SHIPPED.resolve()
    folders: list[Path] = []
    for path in paths:
        if path.resolve() == shipped:
            folders.extend(path / language for language in coverage.languages)
        elif path.resolve().parent == shipped and path.name in coverage.languages:
            folders.append(path)
    return folders


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0 clean, 1 findings, 2 misuse."""
    names = list(sys.argv[1:] if arguments is None else arguments)
    if names[:1] == ["--dry-run"]:
        from replies.dry_run_command import main as fill_all  # it loads the bundle, which the checks do not need

        return fill_all(names[1:])
    if not names or any(name.startswith("-") for name in names):
        sys.stderr.write("usage: python -m replies.lint PATH…   (template files or folders)\n")
        sys.stderr.write("       python -m replies.lint --dry-run [PATH…]   (in every situation that there can be)\n")
        return 0 if names in (["-h"], ["--help"]) else 2
    try:
        findings = lint([Path(name) for name in names])
    except DeskhandError as error:
        sys.stderr.write(f"{error.message}\n")
        return 2
    for finding in findings:
        sys.stdout.write(f"{finding}\n")
    found = "1 finding" if len(findings) == 1 else f"{len(findings)} findings"
    sys.stdout.write(f"{found}\n" if findings else "clean\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
