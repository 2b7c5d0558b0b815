import asyncio
import dataclasses
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from chalklens.errors import BusyError, ChalklensError
from chalklens.sessions import queries
from chalklens.sessions.limits import SessionLimits
from chalklens.sessions.recorder import Recorder
from chalklens.sessions.store import FILE_NAME
from tests.chalklens.sessions.conftest import DAY_START, KEY, make_call

KILLED = Path(__file__).with_name("killed_recorder.py")
REPOSITORY = Path(__file__).parents[3]
pytestmark = pytest.mark.anyio


def ids(folder: Path) -> set[str]:
    with queries.reading(folder) as connection:
        return {call.id for call in queries.list_calls(connection, KEY.id, 10_000)}


def new_recorder(folder: Path, limits: SessionLimits | None = None, **times: float) -> Recorder:
    return Recorder(folder, limits, clock=lambda: DAY_START, **times)


def limits(**changes: int) -> SessionLimits:
    return dataclasses.replace(SessionLimits(), **changes)


async def test_nothing_is_made_before_the_first_call(folder: Path) -> None:
    recorder = new_recorder(folder)
    await recorder.settle()
    await recorder.close()
    assert not folder.exists()


async def test_a_call_that_is_acknowledged_is_on_the_disk(folder: Path) -> None:
    recorder = new_recorder(folder, ack_limit_s=30)
    assert await recorder.record(KEY, make_call())
    assert ids(folder) == {"call-1"}
    await recorder.close()


async def test_many_calls_at_once_are_all_kept(folder: Path) -> None:
    recorder = new_recorder(folder, ack_limit_s=60)
    kept = await asyncio.gather(*(recorder.record(KEY, make_call(n)) for n in range(300)))
    await recorder.close()
    assert all(kept)
    assert len(ids(folder)) == 300


async def test_closing_writes_what_waits(folder: Path) -> None:
    recorder = new_recorder(folder)
    for number in range(20):
        recorder.note(KEY, make_call(number))
    await recorder.close()
    assert len(ids(folder)) == 20
    assert not await recorder.record(KEY, make_call(99))


@pytest.mark.parametrize("acknowledged", [1, 3, 10, 40, 120])
def test_kill_9_in_mid_write_loses_no_acknowledged_call(folder: Path, acknowledged: int) -> None:
    child = subprocess.Popen(
        [sys.executable, KILLED, folder], stdout=subprocess.PIPE, cwd=REPOSITORY, text=True
    )
    assert child.stdout
    told = [child.stdout.readline().strip() for _ in range(acknowledged)]
    child.kill()
    told += child.stdout.read().split()  # what was on its way when it was killed
    child.wait()
    child.stdout.close()
    assert set(told) <= ids(folder)
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = connection.execute("SELECT calls FROM sessions").fetchone()
        assert rows == connection.execute("SELECT count(*) FROM calls").fetchone()


async def test_a_locked_store_costs_no_answer_and_is_said(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = new_recorder(folder, ack_limit_s=0.01, busy_timeout_s=0.05)
    await recorder.write(lambda store: store.add_call(KEY, make_call(1)))
    with closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert not await recorder.record(KEY, make_call(2))
        with pytest.raises(BusyError, match="locked by another program"):
            await recorder.write(lambda _: None)
        assert "locked by another program" in recorder.trouble
        assert recorder.lost == 1
        assert "this call is not recorded" in caplog.text
        other.execute("ROLLBACK")
    assert not await recorder.record(KEY, make_call(3))  # nobody waits while there is trouble
    await recorder.write(lambda _: None)
    assert recorder.trouble == ""
    assert "calls are recorded again; 1 were not" in caplog.text
    await recorder.close()
    assert ids(folder) == {"call-1", "call-3"}


async def test_a_full_store_costs_no_answer_and_works_again_when_there_is_room(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    small = new_recorder(folder, limits(file_bytes=60_000), ack_limit_s=30)
    calls = [make_call(n, answer="x" * 4_000) for n in range(30)]
    kept = [await small.record(KEY, call) for call in calls]
    await small.close()
    assert kept[0]
    assert not kept[-1]
    assert "The session record cannot be written: database or disk is full" in caplog.text
    assert small.lost > 0
    roomy = new_recorder(folder, ack_limit_s=30)
    assert await roomy.record(KEY, make_call(99))
    await roomy.close()
    stored = ids(folder)
    assert {call.id for call, was_kept in zip(calls, kept, strict=True) if was_kept} <= stored


async def test_a_folder_that_cannot_be_made_costs_no_answer(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.parent.mkdir()
    folder.write_text("a file where the folder should be", encoding="utf-8")
    recorder = new_recorder(folder, ack_limit_s=30)
    assert not await recorder.record(KEY, make_call())
    assert recorder.trouble
    assert "this call is not recorded" in caplog.text
    folder.unlink()
    with pytest.raises(ChalklensError):
        await recorder.write(lambda _: 1 / 0)
    await recorder.write(lambda store: store.add_call(KEY, make_call(2)))
    await recorder.close()
    assert ids(folder) == {"call-2"}


async def test_one_call_that_cannot_be_kept_does_not_harm_the_others(folder: Path) -> None:
    recorder = new_recorder(folder, ack_limit_s=30)
    bad = make_call(1, seconds=object())
    kept = await asyncio.gather(
        recorder.record(KEY, bad), *(recorder.record(KEY, make_call(n)) for n in range(2, 6))
    )
    await recorder.close()
    assert not kept[0]
    assert ids(folder) == {"call-2", "call-3", "call-4", "call-5"}


async def test_a_queue_that_is_full_costs_no_answer(folder: Path) -> None:
    recorder = new_recorder(folder, limits(waiting=2), ack_limit_s=30)
    orders = [recorder.note(KEY, make_call(n)) for n in range(200)]
    await recorder.close()
    assert None in orders
    assert recorder.lost == orders.count(None)
    assert len(ids(folder)) == 200 - recorder.lost
