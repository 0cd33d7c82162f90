"""A process may be killed at any instruction: afterwards a transaction is whole or absent (G4), and two may write at once."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from records.chat import OutboxItem, Priority
from records.event import Event
from scoring.alert import Level
from storage.results import Fact
from storage.sqlite import Store, open_store
from tests.storage.samples import BRAND, KEY, T0, at, fresh, judged, mention


def ingest(store: Store, number: int) -> None:
    """What belongs together when a poll brought two mentions."""
    pair = [mention(f"{number}-{n}", f"第{number}次投诉，要求退款") for n in range(2)]
    incident = f"FS-20261120-{number:02d}"
    with store.transaction():
        saved = store.save_mentions([judged(m) for m in pair], now=T0)
        store.add_complaints([Fact(key=s.key, brand=BRAND, minute=T0, voice=s.key, dims=(("all", ""),)) for s in saved])
        store.append_events([Event(incident=incident, kind="opened", at=T0, data={"keys": [s.key for s in saved]})])
        store.attach_mentions(incident, [s.key for s in saved])
        store.save_alert("D2", BRAND, "all", "", incident, T0, Level.RED)
        item = OutboxItem(
            chat="crisis",
            channel="console",
            target="t",
            kind="alert",
            priority=Priority.ALERT,
            created_at=T0,
            incident=incident,
            collapse="card",
        )
        store.queue([item], now=T0)


def check_whole(store: Store) -> int:
    """The number of ingests in the database, all of whose parts are there."""
    counts = {
        table: store._conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("mentions", "assessments", "facts", "incident_mentions", "events", "alerts", "outbox")
    }
    number = counts["events"]
    twice = {"mentions", "assessments", "facts", "incident_mentions"}
    assert counts == {table: number * (2 if table in twice else 1) for table in counts}
    assert store.count(BRAND, "all", "", at(-60), at(60)).raw == 2 * number
    assert store.count_upper(BRAND, "all", "", at(-60), at(60)).voices == 2 * number
    assert len(store.search("退款", limit=9999)) == 2 * number
    report = store.verify_chain()
    assert report.ok, report.problems
    assert store._conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    store._conn.execute("INSERT INTO mention_index (mention_index) VALUES ('integrity-check')")
    return number


def _die_at_statement(path: Path, wanted: int) -> None:
    store = open_store(path, key=KEY)
    seen = 0

    def count(_: str) -> None:
        nonlocal seen
        seen += 1
        if seen == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    store._conn.set_trace_callback(count)
    ingest(store, 2)
    os._exit(0)


def test_killed_before_any_statement_of_a_transaction_nothing_of_it_is_there(tmp_path: Path) -> None:
    path = tmp_path / "watch.db"
    with fresh(tmp_path) as store:
        store._conn.execute("PRAGMA synchronous = OFF")
        ingest(store, 1)
    context = multiprocessing.get_context("fork")
    for wanted in range(1, 1000):
        child = context.Process(target=_die_at_statement, args=(path, wanted))
        child.start()
        child.join(30)
        with open_store(path, key=KEY) as store:
            number = check_whole(store)
        if child.exitcode == 0:
            break
        assert child.exitcode == -signal.SIGKILL
        assert number == 1, f"half a transaction after statement {wanted}"
    assert number == 2
    assert wanted > 30  # the transaction was really cut at many places


CHILD = """
    import sys
    from pathlib import Path
    from storage.sqlite import open_store
    from tests.storage.samples import KEY
    from tests.storage.test_crashes import ingest
    store = open_store(Path(sys.argv[1]), key=KEY)
    number = int(sys.argv[2])
    while True:
        ingest(store, number)
        print(number, flush=True)
        number += 1
"""


@pytest.mark.parametrize("seed", range(3))
def test_killed_while_it_writes_again_and_again_loses_nothing_it_said_was_saved(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    fresh(tmp_path).close()
    next_number = 1
    for _ in range(3):
        command = [sys.executable, "-c", textwrap.dedent(CHILD), str(tmp_path / "watch.db"), str(next_number)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as child:
            assert child.stdout is not None
            said = [int(child.stdout.readline()) for _ in range(chance.randint(1, 12))]
            child.send_signal(signal.SIGKILL)
            said += [int(line) for line in child.stdout.read().split()]
        with fresh(tmp_path) as store:
            number = check_whole(store)
        assert max(said) <= number <= max(said) + 1
        next_number = number + 1


def _write_many(path: Path, first: int, count: int) -> None:
    with open_store(path, key=KEY) as store:
        for number in range(first, first + count):
            ingest(store, number)


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "watch.db"
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write_many, args=(path, first, 30)) for first in (100, 200)]  # both make it, too
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [w.exitcode for w in writers] == [0, 0]
    with fresh(tmp_path) as store:
        assert check_whole(store) == 60
