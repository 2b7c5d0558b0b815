"""What of the PostgreSQL store needs no PostgreSQL; the contract is in `test_pgvector_server.py`."""

import pytest

from chalklens.errors import UnavailableError
from chalklens.types import SearchFilter
from retrieval.stores.addresses import parse_store_address
from retrieval.stores.pgvector import open_pgvector
from retrieval.stores.pgvector_statements import write_condition
from tests.retrieval.stores.documents import PARAMETERS


def test_a_server_that_is_not_there_is_said_in_time_and_without_the_password() -> None:
    address = parse_store_address("postgresql://me:hunter2@127.0.0.1:9/kb")
    with pytest.raises(UnavailableError, match=r"127\.0\.0\.1:9") as raised:
        open_pgvector(address, PARAMETERS, connect_timeout_s=1)
    assert "hunter2" not in str(raised.value)


def test_an_option_that_postgresql_does_not_know_is_said_without_the_password() -> None:
    address = parse_store_address("postgresql://me:hunter2@127.0.0.1:9/kb?colour=red")
    with pytest.raises(UnavailableError, match="colour") as raised:
        open_pgvector(address, PARAMETERS, connect_timeout_s=1)
    assert "hunter2" not in str(raised.value)


def test_values_are_never_part_of_the_statement() -> None:
    evil = "'; DROP TABLE chunks; --"
    where = SearchFilter(
        collections=(evil,), sources=(evil,), tags=(evil,), first_page=2, modified_to=3.5
    )
    condition, values = write_condition(where, [["a", evil]])
    assert "DROP" not in condition
    assert values["collections"] == [evil]
    assert values["phrase0"] == f" a {evil} "
    assert (values["first_page"], values["modified_to"]) == (2, 3.5)
    assert condition.count(" AND ") == 5


def test_no_filter_is_no_condition() -> None:
    assert write_condition(SearchFilter()) == ("TRUE", {})
    assert write_condition(SearchFilter(last_page=4))[1] == {"first_page": 1, "last_page": 4}
