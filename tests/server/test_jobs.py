import asyncio

import pytest
from mcp.types import CallToolResult

from chalklens.errors import BusyError, InputError, ModelError
from server.jobs import Job, JobTable

pytestmark = pytest.mark.anyio


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


async def _finish(gate: asyncio.Event, error: Exception | None = None) -> CallToolResult:
    await gate.wait()
    if error:
        raise error
    return CallToolResult(content=[], structured_content={"status": "done"})


def _adopt(
    table: JobTable, gate: asyncio.Event, principal: str = "me", error: Exception | None = None
) -> Job:
    task = asyncio.ensure_future(_finish(gate, error))
    return table.adopt(task, "read_text", principal, table.clock_s(), lambda: "reading")


async def test_a_job_runs_and_ends() -> None:
    table, gate = JobTable(), asyncio.Event()
    job = _adopt(table, gate)
    assert table.find(job.id, "me").status == "running"
    gate.set()
    await asyncio.wait([job.task])
    assert table.find(job.id, "me").status == "done"
    assert table.count() == {"running": 0, "finished": 1, "capacity": 32}


async def test_a_failed_job_says_so() -> None:
    table, gate = JobTable(), asyncio.Event()
    job = _adopt(table, gate, error=ModelError("It does not fit."))
    gate.set()
    await asyncio.wait([job.task])
    assert table.find(job.id, "me").status == "failed"


async def test_ids_have_128_random_bits_and_open_for_their_principal_only() -> None:
    table, gate = JobTable(), asyncio.Event()
    first, second = _adopt(table, gate), _adopt(table, gate)
    assert len(bytes.fromhex(first.id)) == 16
    assert first.id != second.id
    with pytest.raises(InputError) as denied:
        table.find(first.id, "somebody else")
    with pytest.raises(InputError) as missing:
        table.find("0" * 32, "me")
    assert str(denied.value) == str(missing.value)
    await table.close()


async def test_a_cancelled_job_has_stopped_when_the_answer_comes() -> None:
    table, gate = JobTable(), asyncio.Event()
    job = await table.cancel(_adopt(table, gate).id, "me")
    assert job.status == "cancelled"


async def test_nobody_cancels_a_job_of_somebody_else() -> None:
    table, gate = JobTable(), asyncio.Event()
    job = _adopt(table, gate)
    with pytest.raises(InputError):
        await table.cancel(job.id, "somebody else")
    assert job.status == "running"
    await table.close()
    assert job.status == "cancelled"


async def test_cancelling_a_finished_job_keeps_its_result() -> None:
    table, gate = JobTable(), asyncio.Event()
    job = _adopt(table, gate)
    gate.set()
    await asyncio.wait([job.task])
    assert (await table.cancel(job.id, "me")).status == "done"


async def test_a_full_table_drops_the_oldest_finished_job_first() -> None:
    table, gate, done = JobTable(capacity=2), asyncio.Event(), asyncio.Event()
    done.set()
    old, running = _adopt(table, done), _adopt(table, gate)
    await asyncio.wait([old.task])
    new = _adopt(table, gate)
    assert table.find(running.id, "me").status == "running"
    assert table.find(new.id, "me").status == "running"
    with pytest.raises(InputError):
        table.find(old.id, "me")
    await table.close()


async def test_a_table_full_of_running_jobs_takes_no_more() -> None:
    table, gate = JobTable(capacity=1), asyncio.Event()
    _adopt(table, gate)
    task = asyncio.ensure_future(_finish(gate))
    with pytest.raises(BusyError):
        table.adopt(task, "read_text", "me", table.clock_s(), str)
    task.cancel()
    await table.close()


async def test_a_finished_job_is_forgotten_after_its_time() -> None:
    clock, gate = Clock(), asyncio.Event()
    table = JobTable(keep_s=10, clock_s=clock)
    job = _adopt(table, gate)
    gate.set()
    await asyncio.wait([job.task])
    clock.now_s += 9
    assert table.find(job.id, "me") is job
    clock.now_s += 2
    with pytest.raises(InputError):
        table.find(job.id, "me")


async def test_a_job_that_runs_too_long_is_stopped() -> None:
    table, gate = JobTable(max_run_s=0), asyncio.Event()
    job = _adopt(table, gate)
    await asyncio.wait([job.task])
    assert job.status == "cancelled"
