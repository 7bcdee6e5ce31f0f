"""Fill every template in every situation that there can be, and count what a customer should never see.

A text depends only on the variables that its template names. So along each axis (orders, customers, moods, channels and
marketplaces, …) the situations that look alike to a template are tried once, for all that they stand for: the whole
product is covered, while each different text is written once.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from replies.lint import text_problems
from replies.rules.checking import Place, shipped_check
from replies.samples import MOODS, dry_customers, dry_orders, full_situation
from replies.slots import SLOTS, Situation, slots
from tickets.records import Channel, Order, OrderState, Shop

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from replies.slots import Slots
    from replies.templates import Template

    Languages = Callable[[Sequence[str]], Sequence[str]]

MARKETPLACES = (None, "amazon", "ebay", "walmart", "aliexpress")
CHANNELS = (None, *Channel)
MIN_LANGUAGE_CHARACTERS = 20

_MARKED = re.compile(r"\{[{%](.*?)[%}]\}", re.DOTALL)
_PATH = re.compile(r"\b([a-z_]+)(?:\.([A-Za-z_]\w*))?")
_DIGITS = re.compile(r"\d+")
_LEFTOVER = re.compile(r"is left in the text|invisible")


@dataclass(frozen=True, slots=True)
class Fault:
    """A text that no customer should get: of which kind, by which template, in which situation."""

    kind: str
    template: str
    language: str
    situation: str
    message: str


@dataclass(slots=True)
class DryRun:
    """What a dry run counted: `situations` were covered, in `filled` of them the template gave a text.

    `texts` are the different ones, `checked` how often one was held against a marketplace's rules, `told` how many had
    their language told, `never` the templates that no situation fills.
    """

    templates: int = 0
    situations: int = 0
    filled: int = 0
    texts: int = 0
    checked: int = 0
    told: int = 0
    never: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Return how many faults there are of each kind."""
        kinds = Counter(fault.kind for fault in self.faults)
        return {kind: kinds[kind] for kind in ("markup", "empty_slot", "blocked", "wrong_language")}

    def add(self, other: DryRun) -> None:
        """Take over what another run counted."""
        for name in ("templates", "situations", "filled", "texts", "checked", "told", "never", "faults"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True, slots=True)
class _Point:
    """One place on an axis: its name, the values that it gives, and how many situations look like it."""

    name: str
    values: Slots
    weight: int = 1
    known: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class _Text:
    """A different text, the first situation that gave it, and the places that it may go to."""

    text: str
    situation: str
    named: bool
    known: tuple[str, ...]
    places: frozenset[Place]


def dry_run(templates: Iterable[Template], languages: Languages | None) -> DryRun:
    """Fill templates in all situations.

    Args:
        templates: Which.
        languages: Names the language of texts, "und" where it cannot; None leaves that out.

    """
    done = DryRun()
    by_language: dict[str, list[Template]] = defaultdict(list)
    for template in templates:
        by_language[template.language].append(template)
    for language in sorted(by_language):
        axes = _Axes(language)
        for template in sorted(by_language[language], key=lambda item: (item.id, item.brand or "")):
            texts = _texts(template, axes, done)
            _look(template, texts, done)
            _check(template, texts, done)
            if languages is not None:
                _tell(template, texts, languages, done)
    return done


class _Axes:
    """The situations along each axis, with the values that they give in one language."""

    def __init__(self, language: str) -> None:
        full = full_situation(language, OrderState.SHIPPED)
        bare = Situation(today=full.today)
        market = replace(bare, channel=Channel.MARKETPLACE)
        self.orders = {
            inside: [
                _Point(name, _part(replace(base, order=order, named_order=named), language), known=_known(order, named))
                for name, order, named in dry_orders()
            ]
            for inside, base in ((False, bare), (True, market))
        }
        self.shops = {
            inside: [_Point("", _part(replace(base, shop=shop), language, "shop")) for shop in (full.shop, Shop())]
            for inside, base in ((False, bare), (True, market))
        }
        self.customers = [
            _Point(name, _part(replace(bare, customer=customer), language, "customer"))
            for name, customer in dry_customers(language)
        ]
        self.answers = [
            _Point("", _part(replace(bare, answers=found), language, "answer")) for found in (full.answers, ())
        ]
        self.agents = [_Point("", _part(replace(bare, agent=who), language, "agent")) for who in (full.agent, None)]
        self.moods = [_Point(mood, {"mood": mood, "escalate": raised}) for mood in MOODS for raised in (False, True)]

    def channels(self, template: Template) -> dict[bool, list[_Point]]:
        """Return the places that a template may go to, by whether a marketplace reads it there."""
        found: dict[bool, list[_Point]] = {False: [], True: []}
        for channel, marketplace in itertools.product(CHANNELS, MARKETPLACES):
            situation = Situation(channel=channel, marketplace=marketplace)
            if template.allows(channel):
                values = {"channel": channel.value if channel else None, "marketplace": marketplace}
                known = {name: value for name, value in values.items() if value is not None}
                place = Place(marketplace, channel, language=template.language)
                found[situation.in_marketplace].append(_Point(f"{marketplace} {channel}", known, places=(place,)))
        return found


def _part(situation: Situation, language: str, *names: str) -> Slots:
    """Return the values that one axis gives; without names those of the order."""
    values = slots(situation, language)
    return {name: values[name] for name in names or ("order", "message", "locale") if name in values}


def _known(order: Order | None, named: str | None) -> tuple[str, ...]:
    if order is None:
        return (named,) if named else ()
    numbers = [order.id, order.tracking, order.return_tracking, *(parcel.tracking for parcel in order.shipments)]
    return tuple(number for number in numbers if number)


def _paths(template: Template) -> dict[str, frozenset[str]]:
    """Return the fields that a template may look at, by variable; one too many costs only time."""
    found: dict[str, set[str]] = defaultdict(set)
    for root, name in _PATH.findall(f"{' '.join(_MARKED.findall(template.body))} {template.when or ''}"):
        if root in SLOTS:
            found[root].add(name)
    # Amounts and dates are written by the locale, amounts in the order's currency.
    found["order"].add("currency")
    return {root: frozenset(names) for root, names in found.items()}


def _alike(points: Iterable[_Point], paths: dict[str, frozenset[str]]) -> list[_Point]:
    """Put together the points that look alike to a template."""
    found: dict[Hashable, _Point] = {}
    for point in points:
        key = repr(_seen(point.values, paths))
        first = found.get(key)
        if first is None:
            found[key] = point
        else:
            found[key] = replace(first, weight=first.weight + point.weight, places=(*first.places, *point.places))
    return list(found.values())


def _seen(values: Slots, paths: dict[str, frozenset[str]]) -> list[object]:
    seen: list[object] = [values.get("locale")]
    for root, names in sorted(paths.items()):
        value = values.get(root)
        if isinstance(value, dict):
            whole = "" in names
            seen.append([root, sorted(value.items()) if whole else [(name, value.get(name)) for name in sorted(names)]])
            seen.append(bool(value))
        else:
            seen.append([root, value])
    return seen


def _texts(template: Template, axes: _Axes, done: DryRun) -> list[_Text]:
    """Return the different texts of a template."""
    paths = _paths(template)
    done.templates += 1
    found: dict[str, _Text] = {}
    shared = [_alike(axis, paths) for axis in (axes.moods, axes.answers, axes.agents)]
    customers = _alike(axes.customers, paths)
    for inside, places in axes.channels(template).items():
        axis = [_alike(points, paths) for points in (axes.orders[inside], axes.shops[inside], places)]
        for points in itertools.product(customers, *axis, *shared):
            weight = _product(point.weight for point in points)
            done.situations += weight
            values = {name: value for point in points for name, value in point.values.items()}
            text = template.render(values) if template.fits(values) else None
            if text is None:
                continue
            done.filled += weight
            text_places = frozenset(place for point in points for place in point.places)
            known = tuple(number for point in points for number in point.known)
            first = found.get(text)
            if first is None:
                name = "; ".join(point.name for point in points if point.name)
                named = points[0] is not customers[0] and len(customers) > 1
                found[text] = _Text(text, name, named, known, text_places)
            elif not text_places <= first.places:
                found[text] = replace(first, places=first.places | text_places)
    done.texts += len(found)
    if not found:
        done.never.append(f"{template.id} ({template.language})")
    return list(found.values())


def _product(weights: Iterator[int]) -> int:
    whole = 1
    for weight in weights:
        whole *= weight
    return whole


def _look(template: Template, texts: Iterable[_Text], done: DryRun) -> None:
    for item in texts:
        for message in text_problems(item.text.replace("\u200e", "")):
            kind = "markup" if _LEFTOVER.search(message) else "empty_slot"
            done.faults.append(Fault(kind, template.id, template.language, item.situation, message))


def _nameless(texts: Sequence[_Text]) -> Iterator[_Text]:
    """Yield the texts without a name, and one for each name: what stands around a name stays the same."""
    names: set[str] = set()
    for item in texts:
        name = item.situation.split(";", 1)[0]
        if not item.named or name not in names:
            names.add(name)
            yield item


def _covering(texts: Iterable[_Text]) -> Iterator[_Text]:
    """Yield texts, the longest first, until every paragraph stood in one of them; numbers make no paragraph another."""
    told: set[str] = set()
    for item in sorted(texts, key=lambda item: (-len(item.text), item.text)):
        paragraphs = {_DIGITS.sub("0", part) for part in item.text.split("\n") if part}
        if len(item.text) >= MIN_LANGUAGE_CHARACTERS and not paragraphs <= told:
            told |= paragraphs
            yield item


def _check(template: Template, texts: Sequence[_Text], done: DryRun) -> None:
    check = shipped_check()
    for item in _nameless(texts):
        by_rules: dict[tuple[str, ...], Place] = {}
        for place in sorted(item.places, key=lambda place: (place.marketplace or "", place.channel or "")):
            profile = check.book.profile(place.marketplace, place.channel)
            by_rules.setdefault(tuple(rule.id for rule in check.book.rules(profile, place.channel)), place)
        for place in by_rules.values():
            done.checked += 1
            at = replace(place, known=item.known)
            if check.blocked(item.text, at):
                rules = ", ".join(found.rule for found in check.findings(item.text, at, with_mends=False))
                message = f"{place.marketplace}, {place.channel}: {rules}"
                done.faults.append(Fault("blocked", template.id, template.language, item.situation, message))


def _tell(template: Template, texts: Sequence[_Text], languages: Languages, done: DryRun) -> None:
    # Hostile values are longer than the reply around them, and in no language: theirs would be told.
    chosen = list(_covering(item for item in _nameless(texts) if "hostile" not in item.situation))
    done.told += len(chosen)
    for item, code in zip(chosen, languages([item.text for item in chosen]), strict=True):
        if code != template.language:
            message = f"told as {code}: {item.text[:120]!r}"
            done.faults.append(Fault("wrong_language", template.id, template.language, item.situation, message))
