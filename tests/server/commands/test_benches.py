from pathlib import Path

import pytest

from server.commands.benches import settings_for
from server.parts import build_workbench
from server.settings import Settings


@pytest.mark.anyio
@pytest.mark.parametrize(("sheet_workers", "threads_each"), [(2, "1"), (3, "1")])
async def test_sheet_workers_share_the_threads(
    tmp_path: Path, sheet_workers: int, threads_each: str
):
    settings = Settings(roots=(tmp_path,), model="none", threads=2, sheet_workers=sheet_workers)
    bench = build_workbench(settings)
    threads = [worker.spec.environment["OMP_NUM_THREADS"] for worker in bench.workers]
    await bench.close()
    assert threads == [threads_each] * sheet_workers


def test_the_number_of_sheet_workers_can_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("CHALKLENS_SHEET_WORKERS", "3")
    assert settings_for(["a.png"] * 50, model="none").sheet_workers == 3
