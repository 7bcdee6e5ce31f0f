"""How long a filled-in suggestion takes, beside the same text filled by Jinja2.

Run it on one core: `taskset -c 0 python benchmarks/reply_suggestions.py`. The ratio is what can be compared with other
machines.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from functools import partial
from typing import TYPE_CHECKING

import jinja2

from replies.library import load_folder
from replies.samples import TODAY, full_situation
from replies.slots import slots
from replies.suggest import Replies, ReplyContext
from tickets.records import IntentScore, OrderState

if TYPE_CHECKING:
    from collections.abc import Callable

EVERYDAY = ("delivery.delay", "order.status", "order.cancel")
# The English order.status.shipped in Jinja2's words, with the same conditions; dates are formatted already.
JINJA = """{% if customer.first_name %}Hello {{ customer.first_name }},{% else %}Hello,{% endif %}

Good news: your order {{ order.id }} is on its way
{%- if shipped %}. It left us on {{ shipped }}{% if order.carrier %} with {{ order.carrier }}{% endif %}{% endif %}.

{% if order.tracking %}Your tracking number is {{ order.tracking }}.
{%- if order.tracking_url %} You can follow the parcel here: {{ order.tracking_url }}{% endif %}{% endif %}

{% if expected %}It should reach you by {{ expected }}. {% endif %}Now and then a parcel travels for a day or two
without a new scan, especially across a border. If nothing has moved for several days, please write to me and I will ask
the carrier.
{% if channel != "chat" %}Kind regards,
{{ shop.signature or "Customer care" }}{% endif %}"""


def median_us(work: Callable[[], object], rounds: int) -> float:
    """Return the median time of one call in microseconds."""
    for _ in range(rounds // 10):
        work()
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1e6


def best_load_s(rounds: int) -> tuple[int, float]:
    """Return the number of shipped templates and the best time to read and compile all of them."""
    best = float("inf")
    count = 0
    for _ in range(rounds):
        started = time.perf_counter()
        count = len(load_folder()[0])
        best = min(best, time.perf_counter() - started)
    return count, best


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2000)
    rounds = parser.parse_args().rounds
    count, load_s = best_load_s(3)
    templates, _ = load_folder()
    replies = Replies(templates)
    results: dict[str, float] = {"templates": count, "load_s": round(load_s, 3)}
    for language in ("en", "de"):
        known = full_situation(language, OrderState.LATE)
        asked = ReplyContext(
            intents=tuple(IntentScore(name, share) for name, share in zip(EVERYDAY, (0.7, 0.2, 0.1), strict=True)),
            language=language,
            customer=known.customer,
            order=known.order,
            shop=known.shop,
            today=TODAY,
        )
        suggest = partial(replies.suggest, asked, 3)
        results[f"us_a_suggestion_{language}"] = round(median_us(suggest, rounds) / len(suggest()), 1)
    shipped = next(item for item in templates if item.id == "order.status.shipped" and item.language == "en")
    values = slots(full_situation("en", OrderState.SHIPPED), "en")
    plain = {**values, "shipped": "12 November 2026", "expected": "24 November 2026"}
    jinja = jinja2.Environment(autoescape=False).from_string(JINJA)  # noqa: S701 plain text, as replies are
    results["us_liquid"] = round(median_us(lambda: shipped.render(values), rounds), 1)
    results["us_jinja2"] = round(median_us(lambda: jinja.render(plain), rounds), 1)
    results["liquid_to_jinja2"] = round(results["us_liquid"] / results["us_jinja2"], 2)
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
