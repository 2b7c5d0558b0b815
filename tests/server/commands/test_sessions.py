import asyncio
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalklens.sessions.recorder import Recorder
from chalklens.sessions.records import CallRecord, SessionKey
from chalklens.sessions.store import FILE_NAME
from server.commands.checks import check_record
from server.settings import Settings

KEYS = [SessionKey("a" * 32, "local", "host"), SessionKey("b" * 32, "token-1", "other")]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with two sessions."""

    async def record() -> None:
        recorder = Recorder(tmp_path / "data" / "sessions", ack_limit_s=30)
        for number, key in enumerate(KEYS):
            started = time.time() - 100 * 86_400 * (1 - number)
            call = CallRecord(
                f"c{number}", "read_text", "done", started, 1.5, "What?", "That\u202e.", "m"
            )
            assert await recorder.record(key, call)
        await recorder.close()

    asyncio.run(record())
    return tmp_path / "data"


def run(shell: Any, data: Path, *arguments: str) -> Any:
    return shell.run("sessions", *arguments, "--data-dir", str(data))


def ids(shell: Any, data: Path) -> list[str]:
    return [row["id"] for row in shell.rows(run(shell, data, "list", "--json"))]


def test_sessions_of_every_principal_are_listed_the_latest_first(shell: Any, data: Path):
    rows = shell.rows(run(shell, data, "list", "--json"))
    assert [(row["id"], row["principal"], row["calls"]) for row in rows] == [
        ("b" * 32, "token-1", 1),
        ("a" * 32, "local", 1),
    ]
    table = run(shell, data, "list").stdout
    assert "1 calls, host, local" in table
    assert len(shell.rows(run(shell, data, "list", "--json", "--limit", "1"))) == 1


def test_a_session_is_shown_call_by_call_with_nothing_unseen(shell: Any, data: Path):
    told = run(shell, data, "show", "a" * 32).stdout
    assert "read_text, done, 1.5 s, m" in told
    assert "question: What?" in told
    assert "answer: That\\u202e." in told
    [row] = shell.rows(run(shell, data, "show", "a" * 32, "--json"))
    assert row["tool"] == "read_text"


@pytest.mark.parametrize("command", ["show", "erase"])
def test_a_session_that_is_not_there_is_an_error_with_a_hint(shell: Any, data: Path, command: str):
    result = run(shell, data, command, "nonsense\u202e")
    assert result.exit_code == 1
    assert "There is no session 'nonsense\\u202e'." in result.stderr
    assert "chalklens sessions list" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        (["a" * 32], ["b" * 32]),
        (["--older-than", "50"], ["b" * 32]),
        (["--older-than", "5000"], ["b" * 32, "a" * 32]),
        (["--all"], []),
    ],
)
def test_what_is_erased_is_gone(shell: Any, data: Path, arguments: list[str], left: list[str]):
    result = run(shell, data, "erase", *arguments, "--json")
    assert result.exit_code == 0, result.output
    erased = 2 - len(left)
    assert shell.rows(result) == [{"sessions": erased, "calls": erased}]
    assert ids(shell, data) == left


@pytest.mark.parametrize("arguments", [[], ["a" * 32, "--all"], ["--all", "--older-than", "1"]])
def test_erasing_needs_exactly_one_wish(shell: Any, data: Path, arguments: list[str]):
    result = run(shell, data, "erase", *arguments)
    assert result.exit_code == 1
    assert ("Several options say" if arguments else "Nothing says") in result.stderr
    assert len(ids(shell, data)) == 2


def test_without_a_record_there_is_nothing_to_list_or_erase(shell: Any, tmp_path: Path):
    result = run(shell, tmp_path / "none", "list")
    assert result.exit_code == 0
    assert "Nothing is recorded." in result.stderr
    assert "Erased 0 sessions" in run(shell, tmp_path / "none", "erase", "--all").stdout
    assert not (tmp_path / "none").exists()


def test_a_damaged_record_is_said_and_can_be_removed(shell: Any, data: Path):
    (data / "sessions" / FILE_NAME).write_bytes(b"not a database" * 1000)
    for ending in ("-wal", "-shm"):
        (data / "sessions" / f"{FILE_NAME}{ending}").unlink(missing_ok=True)
    result = run(shell, data, "list")
    assert result.exit_code == 1
    assert "sessions erase --all" in result.stderr
    settings = Settings(data_dir=data)
    assert check_record(settings).state == "broken"
    assert run(shell, data, "erase", "a" * 32).exit_code == 1
    assert run(shell, data, "erase", "--all").exit_code == 0
    assert check_record(settings).detail == "nothing yet"


@pytest.fixture
def no_room(data: Path) -> Iterator[None]:
    """No file of this process can grow: what a full disk means to SQLite."""
    assert data.exists()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("no_room")
def test_a_record_is_erased_whole_where_nothing_can_be_written(shell: Any, data: Path):
    one = run(shell, data, "erase", "a" * 32)
    assert one.exit_code == 1
    assert "sessions erase --all" in one.stderr
    told = run(shell, data, "erase", "--all")
    assert told.exit_code == 0
    assert "cannot be written" in told.stderr
    assert list((data / "sessions").glob(f"{FILE_NAME}*")) == []


def test_doctor_says_whether_sessions_are_recorded(data: Path):
    found = check_record(Settings(data_dir=data))
    assert (found.name, found.state) == ("record", "ok")
    assert found.detail.startswith("2 sessions, ")
    assert check_record(Settings(data_dir=data, record=False)).detail == "off (CHALKLENS_RECORD)"
