"""The report on gaps, made at most once in ten minutes: it reads and encodes for seconds."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from api.bot_speech import intent_names
from api.rendering import DIGITS, JsonObject, moment
from knowledge_base.gaps import GapOptions, GapReport, find_gaps
from models.errors import BundleError

if TYPE_CHECKING:
    from api.wiring import Services

KEPT_S = 600.0
_MOST_KEPT = 8


class GapReports:
    """Makes one report at a time, in a thread of its own, and keeps the last few."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._kept: dict[GapOptions, tuple[float, GapReport]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def report(self, options: GapOptions) -> GapReport:
        """Return the report, made now or within the last ten minutes.

        Raises:
            BundleError: There is no usable bundle, and so no encoder.
        """
        async with self._one_at_a_time:
            now = time.monotonic()
            self._kept = {key: entry for key, entry in self._kept.items() if now - entry[0] < KEPT_S}
            if options not in self._kept:
                found = await asyncio.to_thread(make_report, self._services, options)
                if len(self._kept) >= _MOST_KEPT:
                    del self._kept[min(self._kept, key=lambda key: self._kept[key][0])]
                self._kept[options] = (now, found)
            return self._kept[options][1]


def make_report(services: Services, options: GapOptions) -> GapReport:
    """Make the report with the bundle's encoder.

    Raises:
        BundleError: There is no usable bundle.
    """
    if services.bundle is None:
        raise services.problem or BundleError("There is no bundle", field="DESKHAND_MODEL")
    return find_gaps(services.database, services.bundle.encoder, options, intent_names())


def gaps_body(report: GapReport) -> JsonObject:
    """Return a report as JSON."""
    return {
        "made_at": moment(report.made_at),
        "days": report.options.days,
        "unused_days": report.options.unused_days,
        "min_probability": report.options.min_probability,
        "asked": report.asked,
        "unanswered": report.unanswered,
        "share_read": round(report.share, DIGITS),
        "gaps": [
            {
                "title": gap.title,
                "language": gap.language,
                "languages": gap.languages,
                "intents": gap.intents,
                "size": gap.size,
                "last_7_days": gap.last_week,
                "previous_7_days": gap.week_before,
                "best_score": gap.best,
                "examples": gap.examples,
                "internal_articles": gap.internal,
            }
            for gap in report.gaps
        ],
        "unused": [
            {
                "article": unused.article,
                "language": unused.language,
                "title": unused.title,
                "updated_at": moment(unused.updated_at),
            }
            for unused in report.unused
        ],
        "uses_since": report.uses_since,
        "rejected": [
            {
                "article": entry.article,
                "language": entry.language,
                "rejected": entry.rejected,
                "verdicts": entry.verdicts,
                "unhelpful_votes": entry.unhelpful,
            }
            for entry in report.doubtful
        ],
    }
