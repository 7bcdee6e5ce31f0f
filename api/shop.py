"""The shop: what templates may say of it, and when its people work."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from api.validation import problems, shortened
from tickets.errors import InvalidInputError
from tickets.records import Agent, Shop
from tickets.tables import SettingRow
from triage.clocks import OfficeHours

if TYPE_CHECKING:
    from pathlib import Path

    from tickets.database import Database

SETTING = "shop"
MAX_FILE_BYTES = 256 * 1024
MOST_NAMED = 10
# Facts that shipped templates and pages speak of: they may stand at the top of the file, beside `facts`.
COMMON_FACTS = ("signature", "url", "returns_url", "size_guide_url", "currency")
# A name this close to a known one is a slip of the pen.
SLIP_SIMILARITY = 0.8
_HINT = "sample_shop/shop.yaml shows every field; facts of any name stand under `facts:`."


def _plain(value: object) -> object:
    if not isinstance(value, str | int | float):
        raise ValueError("must be a text or a number: put other values in quotes")
    return value


Fact = Annotated[object, AfterValidator(_plain)]


class AgentFile(BaseModel):
    """How somebody who answers signs."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, max_length=200)
    signature: str | None = Field(default=None, max_length=1_000)


class ShopFile(BaseModel):
    """What `shop.yaml` holds; every other plain value in it becomes a fact of the same name."""

    model_config = ConfigDict(extra="allow")

    name: str | None = Field(default=None, max_length=200)
    time_zone: str | None = None
    office_hours: dict[str, Any] | None = None
    agents: dict[str, AgentFile] = Field(default_factory=dict)
    facts: dict[str, Fact] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShopProfile:
    """The shop as the pipeline knows it; without office hours the routing file's own ones count, in its time zone."""

    shop: Shop
    office: OfficeHours | None = None
    time_zone: str | None = None


def read_profile(data: dict[str, Any], source: str) -> ShopProfile:
    """Check what a shop says of itself.

    Raises:
        InvalidInputError: A value cannot be used; names source and field.
    """
    wrong = _wrong_names(data)
    file = ShopFile()
    try:
        file = ShopFile.model_validate(data)
    except ValidationError as error:
        wrong |= problems(error)
    office = _office(data.get("office_hours"), data.get("time_zone"), wrong)
    if wrong:
        more = f"; and {len(wrong) - MOST_NAMED} more" if len(wrong) > MOST_NAMED else ""
        listed = "; ".join(list(wrong.values())[:MOST_NAMED])
        raise InvalidInputError(f"{source}: {listed}{more}", field=next(iter(wrong)), hint=_HINT)
    own = {name: value for name, value in (file.model_extra or {}).items() if value is not None}
    facts = {name: str(value) for name, value in {**own, **file.facts}.items()}
    agents = {name: Agent(agent.name, agent.signature) for name, agent in file.agents.items()}
    return ShopProfile(Shop(file.name, facts, agents), office, file.time_zone)


def _office(hours: object, zone: object, wrong: dict[str, str]) -> OfficeHours | None:
    """Read the office hours; what is wrong with them or the time zone is added to `wrong`."""
    basis: dict[str, Any] = {}
    if isinstance(zone, str):
        try:
            basis = {"time_zone": OfficeHours(time_zone=zone).time_zone}
        except ValidationError as error:
            wrong |= problems(error)
    if not isinstance(hours, dict):
        return None
    try:
        return OfficeHours.model_validate({**basis, **hours})
    except ValidationError as error:
        wrong |= problems(error, "office_hours")
    return None


def _wrong_names(data: dict[str, Any]) -> dict[str, str]:
    """Say of names at the top that are ours but for a slip, and of facts there that are neither text nor number."""
    ours = (*ShopFile.model_fields, *COMMON_FACTS)
    wrong: dict[str, str] = {}
    for name, value in data.items():
        if name in ours and name not in COMMON_FACTS:
            continue
        close = difflib.get_close_matches(str(name)[:80], ours, n=1, cutoff=SLIP_SIMILARITY)
        if name not in ours and close:
            wrong[str(name)] = f"{name} is not a known field: did you mean {close[0]}?"
        elif value is not None and not isinstance(value, str | int | float):
            wrong[str(name)] = f"{name} ({shortened(value)}) must be a text or a number: put other values in quotes"
    return wrong


def read_file(path: Path) -> dict[str, Any]:
    """Read a `shop.yaml`.

    Raises:
        InvalidInputError: It is no YAML object; names the line.
    """
    try:
        content = path.read_bytes()
        if len(content) > MAX_FILE_BYTES:
            raise InvalidInputError(
                f"{path} has {len(content)} bytes; at most {MAX_FILE_BYTES} are read", field=str(path)
            )
        loaded = yaml.safe_load(content.decode("utf-8"))
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror}", field=str(path)) from None
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"{path} is not UTF-8: {error.reason} at byte {error.start}", field=str(path)) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        raise InvalidInputError(
            f"{place} is not valid YAML", field=place, hint="Check indentation and quotes."
        ) from None
    if not isinstance(loaded, dict):
        raise InvalidInputError(f"{path} holds no object", field=str(path), hint="Begin with `name: My shop`.")
    return loaded


def save_profile(database: Database, path: Path) -> ShopProfile:
    """Check a `shop.yaml` and keep it in the database.

    Raises:
        InvalidInputError: It cannot be used.
    """
    data = read_file(path)
    profile = read_profile(data, str(path))
    with database.write() as session:
        row = session.get(SettingRow, SETTING)
        if row is None:
            session.add(SettingRow(name=SETTING, value=data, updated_at=datetime.now(UTC)))
        else:
            row.value, row.updated_at = data, datetime.now(UTC)
    return profile


def load_profile(database: Database, home: Path) -> ShopProfile:
    """Return the shop of `shop.yaml` in the home, else the one in the database, else a nameless one.

    Raises:
        InvalidInputError: The file cannot be used.
    """
    path = home / "shop.yaml"
    if path.is_file():
        return read_profile(read_file(path), str(path))
    with database.session() as session:
        row = session.get(SettingRow, SETTING)
        data = dict(row.value) if row is not None else {}
    return read_profile(data, "the stored shop")
