from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalklens.errors import InputError
from retrieval.stores.addresses import StoreAddress, parse_store_address, write_url

SECRET = "hunter2-Ünïcode"


@pytest.mark.parametrize(
    ("text", "kind", "url", "name"),
    [
        ("", "local", "", "chalklens"),
        ("local", "local", "", "chalklens"),
        ("milvus+http://host:19530", "milvus", "http://host:19530", "chalklens"),
        ("milvus://host:19530", "milvus", "http://host:19530", "chalklens"),
        ("milvus+https://host/db?name=notes", "milvus", "https://host/db", "notes"),
        ("elasticsearch+https://[::1]:9200", "elasticsearch", "https://[::1]:9200", "chalklens"),
        ("postgres://host:5432/db?name=a_1", "postgresql", "postgresql://host:5432/db", "a_1"),
    ],
)
def test_addresses_are_read(text: str, kind: str, url: str, name: str) -> None:
    address = parse_store_address(text, {})
    assert (address.kind, address.url, address.name) == (kind, url, name)


def test_a_file_becomes_an_absolute_path_that_messages_do_not_show() -> None:
    address = parse_store_address("milvus:notes/kb.db?name=two", {})
    assert address.is_file
    assert address.url.endswith("/notes/kb.db")
    assert (address.display, address.name) == ("kb.db", "two")


def test_a_socket_and_other_options_of_postgresql_are_kept() -> None:
    address = parse_store_address("postgresql://postgres:@/postgres?host=/run/pg&name=kb", {})
    assert write_url(address) == "postgresql:///postgres?host=%2Frun%2Fpg"
    assert (address.user, address.password, address.name) == ("postgres", "", "kb")


def test_credentials_come_from_the_address_or_the_environment() -> None:
    variables = {
        "CHALKLENS_STORE_USER": "env",
        "CHALKLENS_STORE_PASSWORD": "env-secret",
        "CHALKLENS_STORE_API_KEY": "key",
    }
    inside = parse_store_address("milvus+http://me:p%40ss@host", variables)
    assert (inside.user, inside.password, inside.api_key) == ("me", "p@ss", "key")
    outside = parse_store_address("milvus+http://host", variables)
    assert (outside.user, outside.password) == ("env", "env-secret")


def test_credentials_are_shown_nowhere() -> None:
    address = parse_store_address(f"milvus+http://me:{SECRET}@host:1", {})
    assert SECRET not in repr(address)
    assert SECRET not in address.display
    assert SECRET not in address.url
    assert address.scrub(ValueError(f"bad password {SECRET}\nand more")) == "bad password ***"


@pytest.mark.parametrize(
    "text",
    [
        f"mysql://me:{SECRET}@host",
        f"elasticsearch://me:{SECRET}@host",
        f"milvus+http://me:{SECRET}@host:port",
        "milvus+http://",
        "milvus:",
        "http://host",
        "somewhere",
        "milvus:a.db?name=../x",
        "postgresql://host/db?name=A;DROP",
    ],
)
def test_other_forms_are_refused_without_repeating_them(text: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_store_address(text, {})
    assert SECRET not in str(raised.value)


@settings(max_examples=50)
@given(st.text(max_size=40))
@example("~0")
def test_any_text_is_an_address_or_refused(text: str) -> None:
    for start in ("", "milvus:", "milvus+http://", "postgresql://", "elasticsearch+https://"):
        with suppress(InputError):
            assert isinstance(parse_store_address(start + text, {}), StoreAddress)
