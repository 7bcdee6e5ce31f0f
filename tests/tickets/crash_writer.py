"""Ingest without end, and print a line for each ticket that was acknowledged. Started, and killed, by the tests.

Arguments: database URL, a name for this run, the number of threads, the version of SQLite to act by.
"""

from __future__ import annotations

import sys
import threading

from tests.tickets.makers import a_decision, a_message
from tickets.database import Database, DatabaseOptions
from tickets.records import Attachment
from tickets.store import TicketStore


def _write(store: TicketStore, run: str, thread: int, printing: threading.Lock) -> None:
    number = 0
    while True:
        name = f"{run}-{thread}-{number}"
        # Every tenth message is large, so that kills also meet transactions of many pages.
        files = (Attachment("big.bin", data=name.encode() * 5000),) if number % 10 == 0 else ()
        message = a_message(external_id=name, attachments=files)
        answer = store.ingest(message, f"body {name}", a_decision(), idempotency_key=name, actor="crash test")
        with printing:
            sys.stdout.write(f"{answer.ticket_id} {answer.message_id} {name}\n")
            sys.stdout.flush()
        number += 1


def main() -> None:
    """Write until killed."""
    url, run, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    options = DatabaseOptions(sqlite_version=tuple(map(int, sys.argv[4].split("."))))
    store = TicketStore(Database.open(url, options=options))
    printing = threading.Lock()
    for thread in range(threads):
        threading.Thread(target=_write, args=(store, run, thread, printing), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
