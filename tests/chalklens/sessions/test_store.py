import dataclasses
import json
import stat
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from chalklens.errors import StorageError, UnavailableError
from chalklens.sessions import queries
from chalklens.sessions.limits import DAY_S, SessionLimits
from chalklens.sessions.records import SessionInfo, SessionKey, SummaryInfo
from chalklens.sessions.store import FILE_NAME, SessionStore
from tests.chalklens.sessions.conftest import DAY_START, KEY, OTHER, make_call


@contextmanager
def opened(folder: Path, **limits: Any) -> Generator[SessionStore]:
    changed = dataclasses.replace(SessionLimits(), **limits)
    with closing(SessionStore.open(folder, changed)) as store:
        yield store


def add(store: SessionStore, first: int, last: int, key: SessionKey = KEY) -> None:
    for number in range(first, last + 1):
        with store.transaction():
            call = make_call(number, id=f"{key}-{number}")
            store.add_call(key, call)


def prune(store: SessionStore, now: float) -> None:
    """Prune until there is no more to forget."""
    more = True
    while more:
        with store.transaction():
            more = store.prune(now, always=True)


def fill(store: SessionStore) -> int:
    """Add calls until one does not fit; return how many did."""
    kept = 0
    with suppress(StorageError):
        for number in range(1, 200):
            with store.transaction():
                store.add_call(KEY, make_call(number, answer="x" * 4_000))
            kept = number
    return kept


def session(folder: Path, id_: str = KEY.id, principal: str | None = None) -> SessionInfo | None:
    with queries.reading(folder) as connection:
        return queries.find_session(connection, id_, principal)


def questions(folder: Path, id_: str = KEY.id, limit: int = 100) -> list[str]:
    with queries.reading(folder) as connection:
        return [call.question for call in queries.list_calls(connection, id_, limit)]


def test_file_and_folder_are_for_their_owner_alone(folder: Path) -> None:
    folder.mkdir(parents=True, mode=0o755)
    (folder / FILE_NAME).touch(mode=0o644)
    with opened(folder) as store:
        add(store, 1, 1)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_nothing_recorded_is_an_empty_record_and_makes_no_file(folder: Path) -> None:
    with queries.reading(folder) as connection:
        assert queries.list_sessions(connection, None, 10) == []
        assert queries.list_calls(connection, KEY.id, 10) == []
        assert queries.list_summaries(connection, None, 10) == []
        assert queries.find_summary(connection, "x.md", "local") is None
        assert queries.measure(connection) == (0, 0)
    assert not folder.exists()


def test_a_file_that_is_just_being_made_is_an_empty_record(folder: Path) -> None:
    import sqlite3

    folder.mkdir(parents=True)
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        with queries.reading(folder) as reading:
            assert queries.list_sessions(reading, None, 10) == []


def test_a_call_comes_back_as_it_went_in(folder: Path) -> None:
    call = make_call(question="多少苹果?", details={"labels": [{"area": ["Addition"]}], "n": 1.5})
    with opened(folder) as store, store.transaction():
        store.add_call(KEY, call)
    with queries.reading(folder) as connection:
        assert queries.list_calls(connection, KEY.id, 10) == [call]


def test_a_second_record_of_a_call_takes_the_place_of_the_first(folder: Path) -> None:
    with opened(folder) as store:
        for status, answer in (("running", ""), ("done", "Seven.")):
            with store.transaction():
                store.add_call(KEY, make_call(status=status, answer=answer))
    info = session(folder)
    assert info
    assert info.calls == 1
    with queries.reading(folder) as connection:
        [call] = queries.list_calls(connection, KEY.id, 10)
        total = queries.measure(connection)
    assert (call.status, call.answer) == ("done", "Seven.")
    assert total == (1, info.bytes)


def test_a_principal_sees_its_own_sessions_only(folder: Path) -> None:
    with opened(folder) as store:
        add(store, 1, 2)
        add(store, 3, 3, OTHER)
    with queries.reading(folder) as connection:
        seen = queries.list_sessions(connection, "local", 10)
        assert [one.id for one in seen] == [KEY.id]
        assert queries.find_session(connection, OTHER.id, "local") is None
        assert len(queries.list_sessions(connection, None, 10)) == 2


def test_the_oldest_calls_of_a_long_session_go_first(folder: Path) -> None:
    with opened(folder, session_records=3) as store:
        add(store, 1, 5)
    info = session(folder)
    assert info
    assert (info.calls, info.dropped) == (3, 2)
    assert questions(folder) == ["Question 3?", "Question 4?", "Question 5?"]


def test_a_session_is_bounded_in_bytes(folder: Path) -> None:
    with opened(folder, session_bytes=2_000) as store:
        add(store, 1, 20)
    info = session(folder)
    assert info
    assert info.bytes <= 2_000
    assert info.calls + info.dropped == 20
    assert questions(folder)[-1] == "Question 20?"


def test_sessions_used_longest_ago_go_when_there_is_too_much(folder: Path) -> None:
    with opened(folder, total_bytes=1_800) as store:
        add(store, 1, 5)
        add(store, 6, 10, OTHER)
        prune(store, DAY_START)
    assert session(folder) is None
    assert session(folder, OTHER.id)
    assert questions(folder) == []


def test_sessions_that_are_too_old_are_forgotten(folder: Path) -> None:
    with opened(folder, age_s=DAY_S) as store:
        add(store, 1, 1)
        add(store, 90_000, 90_000, OTHER)
        prune(store, DAY_START + 90_001)
    assert session(folder) is None
    assert session(folder, OTHER.id)


def test_a_call_is_bounded_in_bytes_and_says_what_was_cut(folder: Path) -> None:
    details = {"arguments": {"x": "y" * 70_000}, "labels": [{"area": ["Addition"]}]}
    call = make_call(question="q" * 9_000, answer="a" * 9_000, details=details)
    with opened(folder) as store, store.transaction():
        store.add_call(KEY, call)
    with queries.reading(folder) as connection:
        [kept] = queries.list_calls(connection, KEY.id, 1)
    assert (len(kept.question), len(kept.answer)) == (4_000, 8_000)
    assert kept.details == {"labels": [{"area": ["Addition"]}], "cut": True}
    info = session(folder)
    assert info
    assert info.bytes < SessionLimits().record_bytes


def test_text_that_is_no_unicode_is_kept_readable(folder: Path) -> None:
    call = make_call(question="a\udcffb", details={"name": "\ud800"})
    with opened(folder) as store, store.transaction():
        store.add_call(KEY, call)
    assert questions(folder) == ["a?b"]


def test_a_full_file_is_a_clear_error_and_what_was_there_stays(folder: Path) -> None:
    with opened(folder, file_bytes=120_000) as store:
        kept = fill(store)
        with pytest.raises(StorageError, match="cannot be written"):
            add(store, 500, 600)
    assert 3 < kept < 199
    assert questions(folder, limit=500)[:kept] == [f"Question {n}?" for n in range(1, kept + 1)]


@pytest.mark.parametrize(
    "content", [b"not a database" * 500, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_damaged_file_is_a_clear_error(folder: Path, content: bytes) -> None:
    folder.mkdir(parents=True)
    (folder / FILE_NAME).write_bytes(content)
    with pytest.raises(UnavailableError) as error:
        SessionStore.open(folder, SessionLimits())
    assert error.value.code == "record_damaged"
    with pytest.raises(UnavailableError), queries.reading(folder):
        pass


def test_a_file_of_a_newer_version_is_refused(folder: Path) -> None:
    import sqlite3

    with opened(folder):
        pass
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(UnavailableError, match="format 99"):
        SessionStore.open(folder, SessionLimits())


def test_erasing_leaves_no_word_of_it_on_the_disk(folder: Path) -> None:
    secret = "Zyzzyva-17"
    with opened(folder) as store:
        with store.transaction():
            store.add_call(KEY, make_call(question=secret, answer=secret * 50))
            store.add_call(OTHER, make_call(2, id="other"))
        with store.transaction():
            assert store.erase(session=KEY.id) == (1, 1)
        store.give_back_space()
    left = b"".join(path.read_bytes() for path in folder.iterdir())
    assert secret.encode() not in left
    assert questions(folder, OTHER.id) == ["Question 2?"]


def test_erasing_by_age_and_all(folder: Path) -> None:
    with opened(folder) as store:
        add(store, 1, 2)
        add(store, 500, 500, OTHER)
        with store.transaction():
            assert store.erase(before=DAY_START + 400) == (1, 2)
        with store.transaction():
            assert store.erase() == (1, 1)


def test_summaries_remembered_are_bounded(folder: Path) -> None:
    def summary(number: int, principal: str = "local") -> SummaryInfo:
        name = f"{number}.md"
        return SummaryInfo(name, f"/x/{name}", principal, "", "Same", float(number), 1, "0")

    with opened(folder, summaries=2) as store:
        for number in range(4):
            with store.transaction():
                store.add_summary(summary(number))
                store.add_summary(summary(number, "token-1"))
    with queries.reading(folder) as connection:
        mine = queries.list_summaries(connection, "local", 10, title="Same")
        assert [one.name for one in mine] == ["3.md", "2.md"]
        assert queries.list_summaries(connection, "local", 10, title="Other") == []
        assert queries.find_summary(connection, "3.md", "token-2") is None


def test_details_that_are_no_json_any_more_do_not_break_a_list(folder: Path) -> None:
    import sqlite3

    with opened(folder) as store:
        add(store, 1, 1)
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        connection.execute("UPDATE calls SET details = '[1'")
        connection.commit()
    with queries.reading(folder) as connection:
        [call] = queries.list_calls(connection, KEY.id, 1)
    assert json.dumps(call.details) == '{"cut": true}'
