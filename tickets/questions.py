"""Queries as a driver takes them: written once, asked often, past what SQLAlchemy does for every asking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Dialect, Select


@dataclass(frozen=True, slots=True)
class Question:
    """A query's text, the values that stand in it, and how to turn what each column holds into Python's type.

    `order` names the values in the order of their places, and is None where the driver takes them by name.
    """

    sql: str
    order: Sequence[str] | None
    values: Mapping[str, Any]
    readers: Sequence[Callable[[Any], Any] | None]

    @classmethod
    def of(cls, query: Select[Any], dialect: Dialect) -> Question:
        """Write a query for a database; what it leaves open are parameters of text."""
        written = query.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        types = [column.type.dialect_impl(dialect) for column in query.selected_columns]
        return cls(
            sql=str(written),
            order=getattr(written, "positiontup", None),
            values=written.params,
            readers=[kind.result_processor(dialect, None) for kind in types],
        )

    def arguments(self, given: Mapping[str, str]) -> Sequence[Any] | Mapping[str, Any]:
        """Return the values to execute it with."""
        values = {**self.values, **given}
        return values if self.order is None else [values[name] for name in self.order]

    def read(self, row: Sequence[Any]) -> tuple[Any, ...]:
        """Return a row in Python's types."""
        return tuple(
            value if reader is None else reader(value) for reader, value in zip(self.readers, row, strict=True)
        )
