"""How long a decision takes on one core: the brain alone, and the whole path but the store.

The brain (language, intents, sentiment, escalation) reads messages of 25 to 35 tokens, equally many of each language.
A full decision adds entities, the order (every second message names one), search and filled-in replies; once over the
sample shop's articles, once over these and made-up ones, 10,000 passages in all. `naive.py` runs on the same messages
right after, in a process of its own; the ratios are what other machines can be compared by.

Run it on one core: `taskset -c 0 python -m benchmarks.decisions`. It prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measuring import ONE_THREAD, ROOT, memory_mb, rated, ratio, timed
from benchmarks.report import Target

if TYPE_CHECKING:
    from api.wiring import Services
    from tickets.records import Message

BATCH = 64
WARM_UP = 20
NUMBERED_ORDERS = 200
LOADS = 3

# Builds everything in a home that exists, decides one message and tells how long that took from the very start.
START = """
import json, sys, time
from api.settings import load_settings
from api.wiring import build
from benchmarks.decisions import quiet
from benchmarks.measuring import memory_mb
from tickets.records import Message
quiet()
services = build(load_settings(None))
services.pipeline.decide([Message("Where is my order?")])
ready = {"ready_s": round(time.time() - float(sys.argv[1]), 2), "ready_processor_s": round(time.process_time(), 2)}
for line in sys.stdin:
    services.pipeline.decide([Message(json.loads(line))])
print(json.dumps({**ready, "memory_mb": memory_mb()}))
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure."""

    messages: int = 300
    passages: int = 10_000


def quiet() -> None:
    """Let libraries and the house log errors only."""
    from api import logs

    logs.configure("error")


def brain(messages: list[Message]) -> dict[str, object]:
    """Time the bundle alone."""
    from models.bundle import Bundle

    loads = []
    for _ in range(LOADS):
        started = time.perf_counter()
        bundle = Bundle.load(Bundle.default_path())
        loads.append(time.perf_counter() - started)
    texts = [message.text for message in messages]
    batches = [texts[place : place + BATCH] for place in range(0, len(texts), BATCH)]
    for text in texts[:WARM_UP]:
        bundle.predict([text])
    return {
        "bundle_load_s": round(min(loads), 3),
        "one_message": asdict(timed([partial(bundle.predict, [text]) for text in texts])),
        "in_batches": asdict(rated(lambda: [bundle.predict(batch) for batch in batches], len(texts))),
    }


def furnish(home: Path) -> None:
    """Put the sample shop's facts and articles into a home, and orders in every state."""
    from api.shop import save_profile
    from benchmarks.sample import SHOP
    from knowledge_base.importing import read_path
    from replies.samples import sample_order
    from tickets.records import OrderState

    services = built(home)
    states = list(OrderState)
    orders = [
        replace(sample_order(states[number % len(states)]), id=order_id(number)) for number in range(NUMBERED_ORDERS)
    ]
    save_profile(services.database, SHOP / "shop.yaml")
    services.articles.apply(read_path(SHOP / "articles").articles, source="sample shop")
    services.orders.put_many(orders)
    services.refresh()
    services.close()


def order_id(number: int) -> str:
    """Return the number of an order of the furnished home."""
    return f"HP-{100_000 + number}"


def built(home: Path) -> Services:
    """Build the parts over a home, as the service does."""
    from api.settings import load_settings
    from api.wiring import build

    return build(load_settings(None, home=home))


def fill(services: Services, passages: int) -> None:
    """Add made-up articles until there are at least so many passages."""
    from benchmarks.sample import SECTIONS_AN_ARTICLE, articles

    base, number = services.knowledge_base, 0
    while base is not None and base.size < passages:
        # Short sections are joined when articles are cut, so a round may leave some missing.
        count = -(-(passages - base.size) // SECTIONS_AN_ARTICLE)
        services.articles.apply(articles(count, number), source="benchmark")
        number += count
        services.refresh()


def full(services: Services, messages: list[Message]) -> dict[str, object]:
    """Time whole decisions."""
    pipeline = services.pipeline
    # Patterns are compiled when a text first needs them, so every message is decided once before.
    decisions = pipeline.decide(messages)
    batches = [messages[place : place + BATCH] for place in range(0, len(messages), BATCH)]
    base = services.knowledge_base
    return {
        "passages": base.size if base else 0,
        "with_answers": _share(bool(decision.answers) for decision in decisions),
        "with_suggestions": _share(bool(decision.suggestions) for decision in decisions),
        "one_message": asdict(timed([partial(pipeline.decide, [message]) for message in messages])),
        "in_batches": asdict(rated(lambda: [pipeline.decide(batch) for batch in batches], len(messages))),
    }


def start(home: Path, messages: list[Message]) -> dict[str, Any]:
    """Start a process over a furnished home, decide everything once, and return its figures.

    A first start, which is not measured, leaves the bytecode that an installed program has.
    """
    lines = "\n".join(json.dumps(message.text) for message in messages)
    environment = {
        **os.environ,
        **ONE_THREAD,
        "DESKHAND_HOME": str(home),
        "PYTHONPYCACHEPREFIX": str(home / "bytecode"),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    _json_of([sys.executable, "-c", START, str(time.time())], environment, "")
    return _json_of([sys.executable, "-c", START, str(time.time())], environment, lines)


def naive(plan: Plan) -> dict[str, Any]:
    """Run the pipeline of the usual packages on the same messages."""
    command = [sys.executable, "-m", "benchmarks.naive", "--started", str(time.time())]
    command += ["--messages", str(plan.messages), "--passages", str(plan.passages)]
    return _json_of(command, {**os.environ, **ONE_THREAD}, "")


def measure(plan: Plan) -> dict[str, object]:
    """Measure everything; the naive pipeline comes right after, so that both see the same machine."""
    from benchmarks.sample import messages
    from tickets.records import Message

    quiet()
    asked = [
        Message(item.text, order_id=order_id(number % NUMBERED_ORDERS) if number % 2 else None)
        for number, item in enumerate(messages(plan.messages))
    ]
    figures: dict[str, Any] = {"messages": len(asked), "brain": brain(asked)}
    with tempfile.TemporaryDirectory(prefix="deskhand-bench-") as folder:
        home = Path(folder)
        furnish(home)
        figures["process"] = start(home, asked)
        services = built(home)
        services.refresh()
        figures["decision_sample_shop"] = full(services, asked)
        fill(services, plan.passages)
        figures["decision"] = full(services, asked)
        figures["memory_mb_while_measuring"] = memory_mb()
        services.close()
    figures["naive"] = naive(plan)
    return {"figures": figures, "ratios": _ratios(figures), "targets": [item.as_json() for item in _targets(figures)]}


def _ratios(figures: dict[str, Any]) -> dict[str, float | None]:
    """Compare processor time with that of the naive pipeline; below 1 is faster, for rates above 1."""
    ours, other = figures["brain"], figures["naive"]
    whole = figures["decision"]
    return {
        "brain_time_to_naive": ratio(ours["one_message"]["processor_p50_ms"], other["brain"]["processor_p50_ms"]),
        "brain_rate_to_naive": ratio(
            ours["in_batches"]["processor_a_second"], other["brain_in_batches"]["processor_a_second"]
        ),
        "decision_time_to_naive": ratio(
            whole["one_message"]["processor_p50_ms"], other["decision"]["processor_p50_ms"]
        ),
        "decision_rate_to_naive": ratio(
            whole["in_batches"]["processor_a_second"], other["decision_in_batches"]["processor_a_second"]
        ),
        "start_to_naive": ratio(figures["process"]["ready_processor_s"], other["ready_processor_s"]),
        "memory_to_naive": ratio(figures["process"]["memory_mb"] or 0.0, other["memory_mb"] or 0.0),
    }


def _targets(figures: dict[str, Any]) -> list[Target]:
    mind, whole, process = figures["brain"], figures["decision"], figures["process"]
    return [
        Target("brain, one message, median ms", mind["one_message"]["p50_ms"], 4.0, at_least=False),
        Target("brain, in batches, a second", mind["in_batches"]["a_second"], 300.0, at_least=True),
        Target("full decision, median ms", whole["one_message"]["p50_ms"], 6.0, at_least=False),
        Target("full decisions, in batches, a second", whole["in_batches"]["a_second"], 250.0, at_least=True),
        Target("process start to first decision, s", process["ready_s"], 2.0, at_least=False),
        Target("memory of that process, MB", process["memory_mb"], 500.0, at_least=False),
    ]


def _share(values: Any) -> float:  # noqa: ANN401 - an iterator of truth values
    found = list(values)
    return round(sum(found) / len(found), 3)


def _json_of(command: list[str], environment: dict[str, str], given: str) -> dict[str, Any]:
    """Run a program of ours and read the JSON object in the last line of its output."""
    done = subprocess.run(  # noqa: S603 - our own programs
        command, cwd=ROOT, env=environment, input=given, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command[1:3])} failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    usual = Plan()
    parser.add_argument("--messages", type=int, default=usual.messages)
    parser.add_argument("--passages", type=int, default=usual.passages)
    options = parser.parse_args()
    print(json.dumps(measure(Plan(options.messages, options.passages))))


if __name__ == "__main__":
    main()
