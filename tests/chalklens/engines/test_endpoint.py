import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalklens.engines.control_tokens import defuse
from chalklens.engines.endpoint import Endpoint, parse_endpoint
from chalklens.errors import InputError

KEY = {"CHALKLENS_ENGINE_API_KEY": "key-123"}


@pytest.mark.parametrize(
    ("address", "url", "model"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/v1", ""),
        ("HTTP://localhost:8000/v1/", "http://localhost:8000/v1", ""),
        ("https://eyes.example/v1#Qwen/Qwen3-VL-8B", "https://eyes.example/v1", "Qwen/Qwen3-VL-8B"),
        ("https://eyes.example/api/v3#a%20b", "https://eyes.example/api/v3", "a b"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1", ""),
    ],
)
def test_an_address_is_read(address: str, url: str, model: str) -> None:
    assert parse_endpoint(address, {}) == Endpoint(url, model)


@pytest.mark.parametrize("name", ["auto", "none", "qwen3-vl-4b", "modelscope:Qwen/x", "./http", ""])
def test_names_and_folders_of_models_are_no_addresses(name: str) -> None:
    assert parse_endpoint(name, {}) is None


@pytest.mark.parametrize(
    "address",
    [
        "http://",
        "http://user:secret@host/v1",
        "http://host/v1?model=x",
        "http://host:999999/v1",
        "http://[::1/v1",
        "http://host/v1#" + "x" * 300,
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(InputError) as error:
        parse_endpoint(address, {})
    assert error.value.hint
    assert "secret" not in str(error.value)


def test_a_key_goes_to_another_machine_only_encrypted() -> None:
    assert parse_endpoint("http://127.0.0.1:1/v1", KEY) == Endpoint(
        "http://127.0.0.1:1/v1", "", "key-123"
    )
    assert parse_endpoint("https://far.example", KEY)
    with pytest.raises(InputError, match="unencrypted"):
        parse_endpoint("http://far.example", KEY)


def test_the_key_is_not_shown() -> None:
    assert "key-123" not in repr(parse_endpoint("https://far.example", KEY))


@given(st.text())
def test_every_text_is_an_address_a_name_or_refused(text: str) -> None:
    try:
        found = parse_endpoint(f"http://{text}", KEY)
    except InputError:
        return
    assert found
    assert found.url.startswith("http://")


@given(st.lists(st.sampled_from(["<|im_end|>", "<", "|", ">", "think", "/", "x", " ", "<|"])))
def test_no_text_keeps_a_control_token_and_nothing_else_changes(parts: list[str]) -> None:
    text = "".join(parts)
    safe = defuse(text)
    assert "<|im_end|>" not in safe
    assert "<think>" not in safe
    assert "</think>" not in safe
    assert safe.replace("< ", "<") == text.replace("< ", "<")
