"""A bounded pool of threads for everything that computes or waits on the database."""

from __future__ import annotations

import asyncio
import functools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from api.errors import OverloadedError

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")


class Workers:
    """Runs functions off the event loop; refuses more than `max_waiting` at a time instead of piling them up."""

    def __init__(self, threads: int, max_waiting: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="deskhand")
        self._max = threads + max_waiting
        self._taken = 0

    @property
    def busy(self) -> int:
        """How many functions run or wait."""
        return self._taken

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function in a thread and return what it returns.

        Raises:
            OverloadedError: Too many wait already.

        """
        if self._taken >= self._max:
            raise OverloadedError(f"{self._taken} requests wait already", hint="Come back in a second.")
        return await self.urgent(function, *args, **kwargs)

    async def urgent(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function for a request that was let in already: it is never turned away half done."""
        self._taken += 1
        try:
            job = functools.partial(function, *args, **kwargs)
            return await asyncio.get_running_loop().run_in_executor(self._pool, job)
        finally:
            self._taken -= 1

    def close(self) -> None:
        """Finish what runs and end the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)
