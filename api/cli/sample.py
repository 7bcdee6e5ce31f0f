"""Loading the sample shop: once, and again only when a release brings another one."""

from __future__ import annotations

import hashlib
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from api.cli.output import note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.settings import Settings
    from api.wiring import Services
    from tickets.database import Database
    from tickets.records import Decision, Message

MARK = "sample_shop"
BATCH = 40


def is_loaded(database: Database) -> bool:
    """Say whether this very sample shop was loaded whole before."""
    from tickets.settings import read_setting

    with database.session() as session:
        return bool(read_setting(session, MARK) == digest())


def load_sample_shop(chosen: Settings) -> None:
    """Load articles, orders and tickets into a home; a second start finds them and opens nothing but the database."""
    from api.cli.house import opened
    from api.demo_shop import FOLDER
    from api.shop import save_profile
    from tickets.database import Database

    database = Database.open(chosen.url, home=chosen.home)
    try:
        if is_loaded(database):
            return
        save_profile(database, FOLDER / "shop.yaml")
    finally:
        database.close()
    with opened(chosen) as services:
        _load(services)


def _load(services: Services) -> None:
    now = datetime.now(UTC)
    note("Loading the sample shop (the first start only) ...")
    _load_articles(services)
    _load_orders(services, now)
    _load_tickets(services, now)
    _mark(services.database)


def digest() -> str:
    """Return one digest of all files of the sample shop."""
    from api.demo_shop import FOLDER

    found = hashlib.sha256()
    for path in sorted(path for path in FOLDER.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        found.update(path.relative_to(FOLDER).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def _load_articles(services: Services) -> None:
    from api.demo_shop import FOLDER, VECTORS
    from knowledge_base.importing import read_path

    read = read_path(FOLDER / "articles")
    services.articles.apply(read.articles, source=MARK, remove_missing=True)
    steps = read_path(FOLDER / "procedures")
    services.procedures.apply(steps.procedures, source=MARK, remove_missing=True)
    for refusal in (*read.refused, *steps.refused):
        note(f"{refusal.file}:{refusal.line}: {refusal.reason}")
    if services.knowledge_base is not None:
        services.knowledge_base.adopt(VECTORS)
        services.knowledge_base.refresh()


def _load_orders(services: Services, now: datetime) -> None:
    from tickets.orders import parse_rows

    found, refused = parse_rows(_rows("orders.jsonl", now))
    services.orders.put_many(found)
    for refusal in refused:
        note(f"{refusal.file}:{refusal.line}: {refusal.reason}")


def _load_tickets(services: Services, now: datetime) -> None:
    """Decide and store the sample's messages, oldest first; without a usable bundle they wait for their decision."""
    from tqdm import tqdm

    from tickets.errors import ConflictError

    pairs = _messages(now)
    with tqdm(total=len(pairs), unit="ticket", file=sys.stderr) as bar:
        for start in range(0, len(pairs), BATCH):
            batch = pairs[start : start + BATCH]
            decisions = _decisions(services, [message for message, _ in batch])
            for (message, raw), decision in zip(batch, decisions, strict=True):
                # An earlier release's ticket of this number stays: people may have worked on it.
                with suppress(ConflictError):
                    services.tickets.ingest(message, raw, decision, actor="sample shop")
            bar.update(len(batch))


def _decisions(services: Services, messages: list[Message]) -> list[Decision | None]:
    from models.errors import BundleError

    try:
        return list(services.pipeline.decide(messages))
    except BundleError:
        return [None] * len(messages)


def _messages(now: datetime) -> list[tuple[Message, bytes]]:
    """Read the messages, each with its line as it stands: resolved dates would make every load another body."""
    import orjson

    from api.demo_shop import FOLDER
    from api.schemas.messages import IncomingMessage
    from api.validation import parse

    lines = [line for line in (FOLDER / "tickets.jsonl").read_bytes().splitlines() if line.strip()]
    rows = _resolved([orjson.loads(line) for line in lines], now)
    pairs = [(parse(IncomingMessage, orjson.dumps(row)).record(), line) for row, line in zip(rows, lines, strict=True)]
    return sorted(pairs, key=lambda pair: pair[0].sent_at or now)


def _rows(name: str, now: datetime) -> list[dict[str, Any]]:
    import orjson

    from api.demo_shop import FOLDER

    lines = (FOLDER / name).read_bytes().splitlines()
    return _resolved([orjson.loads(line) for line in lines if line.strip()], now)


def _resolved(rows: Sequence[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    from api.demo_shop import resolve_dates

    return [resolve_dates(row, now) for row in rows]


def _mark(database: Database) -> None:
    from tickets.settings import write_setting

    with database.write() as session:
        write_setting(session, MARK, digest())
