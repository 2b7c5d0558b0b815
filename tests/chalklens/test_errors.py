import errno

import pytest

from chalklens.errors import MediaError, StorageError, WorkerError, error_from_code, explain_storage


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_failed_write_is_explained_even_inside_a_group(number: int) -> None:
    group = ExceptionGroup("tasks", [ExceptionGroup("more", [OSError(number, "x")])])
    explained = explain_storage(group)
    assert isinstance(explained, StorageError)
    assert "Nothing can be written" in explained.message
    assert "--work" in explained.hint


def test_other_failures_are_not_storage() -> None:
    assert explain_storage(OSError(errno.ECONNREFUSED, "x")) is None
    assert explain_storage(ExceptionGroup("tasks", [ValueError("x")])) is None


def test_an_error_crosses_a_process_border_as_it_was() -> None:
    error = error_from_code("MediaError", "It is cut off.", "Save it again.", "unreadable_media")
    assert type(error) is MediaError
    assert str(error) == "It is cut off. Save it again."
    assert type(error_from_code("Unheard", "m", "h", "c")) is WorkerError
