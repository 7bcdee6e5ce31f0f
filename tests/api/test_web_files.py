from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.web.pages import FOLDER, POLICY, STATIC, examples, static_address, static_files

TEMPLATES = sorted((FOLDER / "templates").rglob("*.html"))
STYLES = sorted(STATIC.glob("*.css"))
MODULES = sorted((STATIC / "js").glob("*.js"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_page_needs_more_than_the_policy_allows(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=|\son[a-z]+\s*=|javascript:|<style", text, re.IGNORECASE)
    for script in re.findall(r"<script[^>]*>", text):
        assert "src=" in script or 'type="application/json"' in script
    assert not re.search(r'(src|href|action)\s*=\s*"(https?:)?//', text)


@pytest.mark.parametrize("path", [*STYLES, *MODULES], ids=lambda path: path.name)
def test_nothing_is_loaded_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"https?://|@import|url\(", text)
    assert "innerHTML" not in text
    assert "eval(" not in text


def test_modules_import_only_modules_that_are_there() -> None:
    for path in MODULES:
        for name in re.findall(r'from "\./([^"]+)"', path.read_text(encoding="utf-8")):
            assert (STATIC / "js" / name).is_file(), f"{path.name} imports {name}"


def test_the_policy_allows_nothing_inline_and_nobody_else() -> None:
    assert "unsafe" not in POLICY
    assert "default-src 'none'" in POLICY
    assert "http" not in POLICY
    assert "frame-ancestors 'none'" in POLICY


def test_a_static_file_that_is_not_there_is_a_mistake_in_a_template() -> None:
    with pytest.raises(KeyError):
        static_address("nowhere.css")


def test_every_own_style_and_module_is_served() -> None:
    assert {"base.css", "js/paste.js", "icon.svg"} <= set(static_files())


def test_there_is_an_example_for_each_language_and_they_differ() -> None:
    assert sorted(example.language for example in examples()) == sorted(
        ["ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr", "zh"]
    )
    assert len({example.text for example in examples()}) == 12
    assert any(ord(character) > 0xFFFF for example in examples() for character in example.text)


def test_dark_and_light_define_the_same_colours() -> None:
    text = (STATIC / "base.css").read_text(encoding="utf-8")
    light, dark = (block for block in re.findall(r":root\s*\{([^}]*)\}", text))
    names = re.compile(r"--[a-z-]+(?=:)")
    missing = set(names.findall(light)) - set(names.findall(dark))
    assert missing <= {"--radius", "--sans", "--sans-zh", "--mono"}


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_from_its_ground(scheme: int) -> None:
    text = (STATIC / "base.css").read_text(encoding="utf-8")
    block = re.findall(r":root\s*\{([^}]*)\}", text)[scheme]
    colours = dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6})", block))
    pairs = [
        ("ink", "paper"),
        ("ink", "card"),
        ("ink", "sunken"),
        ("soft", "paper"),
        ("soft", "card"),
        ("soft", "sunken"),
    ]
    pairs += [("on-accent", "accent"), ("accent", "card"), ("accent-strong", "accent-soft"), ("warn", "warn-soft")]
    pairs += [("bad", "bad-soft"), ("blue", "blue-soft"), ("violet", "violet-soft"), ("rose", "rose-soft")]
    for front, back in pairs:
        assert contrast(colours[front], colours[back]) >= 4.5, f"{front} on {back}"


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of WCAG 2."""
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
