"""Public holidays of countries and their regions, from the calendars of the library `holidays`."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

# A calendar is asked for this and the next years; each holds some dozen days.
_CACHED_YEARS = 512


def is_holiday(day: date, country: str, region: str | None = None) -> bool:
    """Say whether a day is a public holiday.

    Args:
        day: The local day.
        country: ISO 3166-1 alpha-2 code, as DE.
        region: The second part of its ISO 3166-2 code, as BY; left out, only what the whole country keeps counts.
    """
    return day in _of_year(country, region, day.year)


def check_calendar(country: str, region: str | None = None) -> None:
    """Refuse a country or region that has no calendar.

    Raises:
        ValueError: There is none; says which codes there are.
    """
    from holidays.utils import list_supported_countries

    known = list_supported_countries(include_aliases=True)
    if country not in known:
        raise ValueError(
            f"no holiday calendar of country {country!r}; write its two letters as in ISO 3166, as DE, GB or US"
        )
    if region is not None and region not in known[country]:
        regions = known[country]
        listed = f"; known: {', '.join(regions)}" if regions else "; this country has no regions: leave region out"
        raise ValueError(f"no holiday calendar of region {region!r} in {country}{listed}")


@lru_cache(maxsize=_CACHED_YEARS)
def _of_year(country: str, region: str | None, year: int) -> frozenset[date]:
    # Imported where a shop names a country: most do not, and start-up time is a promise.
    from holidays import country_holidays

    return frozenset(country_holidays(country, subdiv=region, years=year, expand=False))
