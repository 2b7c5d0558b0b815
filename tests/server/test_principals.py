from pathlib import Path

import pytest
from pydantic import SecretStr

from chalklens.errors import InputError
from server.principals import load_tokens, user_for
from tests.server.http_driver import make_settings

TOKEN = "0123456789abcdefghijkl"


def test_without_a_token_none_is_asked_for() -> None:
    assert load_tokens(make_settings()) == ()


@pytest.mark.parametrize(
    "token",
    [
        "",
        "short",
        "x" * 21,
        "0123456789abcdef0123456789abcde",
        "with a space in the middle",
        "ü" * 30,
    ],
)
def test_a_token_that_can_be_guessed_is_refused_without_repeating_it(token: str) -> None:
    with pytest.raises(InputError) as caught:
        load_tokens(make_settings(token=SecretStr(token)))
    assert "secrets.token_urlsafe" in caught.value.hint
    assert not token or token not in str(caught.value)


@pytest.mark.parametrize("token", [TOKEN, "0123456789abcdef0123456789abcdef", "YWJj" * 8 + "=="])
def test_a_token_of_128_bit_is_taken(token: str) -> None:
    assert load_tokens(make_settings(token=SecretStr(f" {token}\n"))) == (token,)


def test_a_file_holds_one_token_for_each_user(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text(f"# users\n{TOKEN}  # ada\n\n{TOKEN}2\n", encoding="utf-8")
    assert load_tokens(make_settings(token_file=file)) == (TOKEN, f"{TOKEN}2")


@pytest.mark.parametrize("content", [None, b"", b"# nothing\n", b"\xff\xfe"])
def test_a_file_without_a_token_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "tokens"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError):
        load_tokens(make_settings(token_file=file))


def test_a_user_does_not_keep_the_token() -> None:
    assert TOKEN not in repr(vars(user_for(TOKEN)))
