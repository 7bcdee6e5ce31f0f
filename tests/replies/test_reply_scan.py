"""The first look at a template: braces, tags, characters, and the time that it takes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replies.checks import Problem
from replies.engine import TAG_NAMES, TAGS, environment
from replies.scan import MAX_TAG_CHARACTERS, MAX_TAGS, scan


def found(source: str) -> list[Problem]:
    return scan(source, TAG_NAMES)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "plain text } % { with %} and }} alone",
        "{{ a }}{% if a %}{% endif %}",
        "{{- a -}}\n{%- if a -%}\n{%- endif -%}",
        "{%if a%}{%endif%}",
        "{% # a note %}",
        "tab\there, new\nline",
        "{{ " + "a" * (MAX_TAG_CHARACTERS - 2) + " }}",
        "{{ a }}" * MAX_TAGS,
    ],
)
def test_nothing_is_wrong(source: str) -> None:
    assert found(source) == []


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("\n{{ a", 2, "{{ is never closed by }}"),
        ("\n\n{% if a }}", 3, "{% is never closed by %}"),
        ("{{ a %}", 1, "{{ is never closed by }}"),
        ("{{ a {{ b }}", 1, "{{ is never closed by }}"),
        ("a\n{% b {% if c %}", 2, "{% is never closed by %}"),
        ("{{ a }}\n{% %}", 2, "unknown tag ''"),
        ("{% iff a %}", 1, "unknown tag 'iff'; known: #, assign, break"),
        ("{%- raw -%}", 1, "unknown tag 'raw'"),
        ("{{ " + "a" * MAX_TAG_CHARACTERS + " }}", 1, "a tag has more than 500 characters"),
        ("{{ a }}" * (MAX_TAGS + 1), 1, "more than 500 tags and outputs"),
        ("a\nb\x1bc", 2, "the control character U+001B"),
        ("\r", 1, "the control character U+000D"),
        ("\udfff", 1, "the control character U+DFFF"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(source: str, line: int, words: str) -> None:
    (problem,) = found(source)
    assert problem.line == line
    assert words in problem.message


@pytest.mark.parametrize("piece", ["{", "{{", "{%", "}}", "%}", "{{ }}", "{% if", "{ % ", "\n", "x", "{{-", "{%-  "])
def test_the_time_is_linear(piece: str) -> None:
    source = piece * (400_000 // len(piece))
    started = time.process_time()
    found(source)
    assert time.process_time() - started < 2


@given(st.text(alphabet="{}%-# ifa\n", max_size=200))
def test_what_passes_has_every_brace_closed(source: str) -> None:
    if found(source) == []:
        rest = source
        while (start := min((at for at in (rest.find("{{"), rest.find("{%")) if at >= 0), default=-1)) >= 0:
            closing = "}}" if rest[start + 1] == "{" else "%}"
            end = rest.find(closing, start + 2)
            assert end > 0
            rest = rest[end + 2 :]


def test_every_tag_of_the_engine_may_be_written() -> None:
    # Literal text, outputs and mistakes are tags to Liquid, though nobody writes them as such.
    written = {tag.name for tag in TAGS if tag.name not in {"content", "illegal", "output"}}
    assert {"if", "for", "assign", "#"} <= written <= TAG_NAMES


def test_the_engine_has_no_way_to_other_files() -> None:
    assert not {"include", "render", "extends", "liquid", "raw"} & set(environment().tags)
    assert not {"replace", "join", "split", "date", "times", "map", "sort"} & set(environment().filters)


def test_the_engine_has_its_limits() -> None:
    engine = environment()
    assert engine is environment()
    assert engine.loop_iteration_limit == 200
    assert engine.output_stream_limit == engine.local_namespace_limit == 20_000
    assert engine.block_nesting_limit == 15
