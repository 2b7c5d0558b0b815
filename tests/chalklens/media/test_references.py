import base64
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.errors import MediaError, MediaReferenceError
from chalklens.media.limits import Limits
from chalklens.media.references import (
    ArtifactReference,
    InlineReference,
    PathReference,
    Reference,
    UrlReference,
    advice_for_missing,
    display_name,
    parse_reference,
    printable,
)

LIMITS = Limits()
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX paths")


def parse(text: str, limits: Limits = LIMITS) -> Reference:
    return parse_reference(text, limits)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/a/b.png", "/a/b.png"),
        ("a.png", "a.png"),
        ("./a.png", "./a.png"),
        ("@a.png", "a.png"),
        ("@/a/b.png", "/a/b.png"),
        ('"/a/b c.png"', "/a/b c.png"),
        ("'a.png'", "a.png"),
        ("`a.png`", "a.png"),
        ('@"/a/b c.png"', "/a/b c.png"),
        ("file:///a/b%20c.png", "/a/b c.png"),
        ("FILE:///a.png", "/a.png"),
        ("file:/a.png", "/a.png"),
        ("file://localhost/a.png", "/a.png"),
        ("@file:///a.png", "/a.png"),
        ("file:///a#1?.png", "/a#1?.png"),
        ("/a/100%25.png", "/a/100%25.png"),
        ("shot:1.png", "shot:1.png"),
        ("a.png ", "a.png "),
        (" a.png", " a.png"),
        ('it"s.png', 'it"s.png'),
        ("@", "@"),
        ("/9j/short", "/9j/short"),
        ("名前-🙂.png", "名前-🙂.png"),
        ("~user/a.png", "~user/a.png"),
    ],
)
def test_every_way_to_write_a_path(text: str, path: str) -> None:
    assert parse(text) == PathReference(path)


def test_the_home_folder_is_expanded() -> None:
    assert parse("~/a.png") == PathReference(f"{Path.home()}/a.png")
    assert parse("@~/a.png") == PathReference(f"{Path.home()}/a.png")


@pytest.mark.parametrize(
    "text", ["https://example.org/a.png", "HTTP://example.org/", " https://a.b "]
)
def test_an_address_stays_as_it_is(text: str) -> None:
    assert parse(text) == UrlReference(text.strip())


def test_an_artifact_is_named_by_32_hex_digits() -> None:
    assert parse("chalklens://artifacts/" + "0a" * 16) == ArtifactReference("0a" * 16)
    for bad in ("", "x", "0A" * 16, "0a" * 16 + "/x", "../status"):
        with pytest.raises(MediaReferenceError):
            parse("chalklens://artifacts/" + bad)


@settings(max_examples=50)
@given(
    data=st.binary(min_size=1, max_size=300), header=st.sampled_from(["image/png", "", "x/y;a=b"])
)
def test_a_data_uri_gives_back_its_bytes(data: bytes, header: str) -> None:
    text = base64.b64encode(data).decode()
    for form in (text, text.rstrip("="), "\n".join(text), text.replace("+", "%2B")):
        assert parse(f"data:{header};base64,{form}") == InlineReference(data)
    url_safe = base64.urlsafe_b64encode(data).decode()
    assert parse(f"  DATA:{header};BASE64,{url_safe}\n") == InlineReference(data)
    assert parse(f"data:{header},{quote_from_bytes(data)}") == InlineReference(data)


@pytest.mark.parametrize("wrap", [0, 76])
@pytest.mark.parametrize("head", [PNG, b"\xff\xd8\xff\xe0" + bytes(99), b"GIF89a" + bytes(99)])
def test_base64_of_a_picture_needs_no_prefix(head: bytes, wrap: int) -> None:
    encode = base64.encodebytes if wrap else base64.b64encode
    assert parse(encode(head).decode()) == InlineReference(head)


def test_short_base64_that_is_no_picture_is_taken_as_a_path() -> None:
    text = base64.b64encode(b"no picture at all, just words " * 4).decode()
    assert parse(text) == PathReference(text)


def test_long_base64_is_content_whatever_it_is() -> None:
    data = b"no picture at all, just words " * 200
    assert parse(base64.b64encode(data).decode()) == InlineReference(data)


@pytest.mark.parametrize(
    "text",
    ["data:image/png;base64,!!!!", "data:image/png;base64,A", "data:;base64,", "data:;base64,===="],
)
def test_damaged_base64_is_a_media_error(text: str) -> None:
    with pytest.raises(MediaError):
        parse(text)


def test_inline_content_over_the_size_limit_is_refused_before_it_is_decoded() -> None:
    small = LIMITS.lowered(file_bytes=100)
    with pytest.raises(MediaError, match="limit"):
        parse("data:;base64," + base64.b64encode(PNG).decode(), small)


@pytest.mark.parametrize(
    "text",
    [
        "sandbox:/mnt/data/a.png",
        "blob:https://chat.example/0f",
        "cci:1",
        "content://media/external/1",
        "vscode-chat-attachment:a",
        "vscode-userdata:/a.png",
        "vscode-remote://ssh/a.png",
        "attachment:a.png",
        "cid:image001.png@01D",
        "https://github.com/user-attachments/assets/0f-1",
        "https://github.com/me/repo/assets/1/0f",
        "https://private-user-images.githubusercontent.com/1/2.png?jwt=x",
    ],
)
def test_what_only_the_client_can_open_says_what_to_do(text: str) -> None:
    with pytest.raises(MediaReferenceError) as caught:
        parse(text)
    assert "allowed folder" in caught.value.hint
    assert "data URI" in caught.value.hint


@pytest.mark.parametrize(
    "path", ["/mnt/user-data/uploads/a.png", "/mnt/data/a.png", "/home/claude/a"]
)
def test_a_path_of_a_client_sandbox_is_a_path_with_advice(path: str) -> None:
    assert parse(path) == PathReference(path)
    assert "attachments" in advice_for_missing(path)
    assert advice_for_missing("/home/me/a.png") == ""


@posix_only
@pytest.mark.parametrize(
    "text", ["C:\\Users\\me\\a.png", "c:/a.png", "file:///C:/a.png", "\\\\server\\share\\a.png"]
)
def test_a_windows_path_elsewhere_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(MediaReferenceError, match=r"Windows|shares"):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "data:",
        "data:" + "a" * 4000 + ",x",
        "a\0b",
        "file:///a%00b",
        "file://host/a.png",
        "file:",
        "ftp://example.org/a.png",
        "ldap://x/",
        "\udcff.png",
        "file:///%ff\udcff",
        "x." * 2049,
        "ä" * 2049,
        "chalklens://status",
    ],
)
def test_what_is_no_reference_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(MediaReferenceError) as caught:
        parse(text)
    assert caught.value.hint


def test_a_reference_over_the_length_limit_is_refused() -> None:
    with pytest.raises(MediaReferenceError, match="characters"):
        parse("data:,xxxxxxxx", LIMITS.lowered(reference_chars=10))


def test_long_blanks_in_something_like_base64_are_parsed_in_one_pass() -> None:
    with pytest.raises(MediaReferenceError):
        parse("A" * 64 + " " * 200_000 + "!")


@settings(max_examples=100)
@given(text=st.text(max_size=40) | st.from_regex(r"(data:|file:|@|~|http:|[A-Z]:)[^a]{0,20}"))
def test_any_text_is_a_reference_or_a_clear_error(text: str) -> None:
    with suppress(MediaReferenceError, MediaError):
        shown = display_name(parse(text))
        assert shown.isprintable()
        assert len(shown) <= 80


@posix_only
@settings(max_examples=50)
@given(
    name=st.text(min_size=1, max_size=20).filter(lambda name: "\0" not in name and "/" not in name)
)
def test_a_file_url_means_the_path_it_was_made_from(name: str) -> None:
    path = Path("/root") / name
    assert parse(path.as_uri()) == PathReference(str(path))


@pytest.mark.parametrize(
    ("reference", "shown"),
    [
        (PathReference("/home/me/secret/a.png"), "a.png"),
        (PathReference("/home/me/\u202egnp.exe.png"), "\\u202egnp.exe.png"),
        (PathReference("new\nline.png"), "new\\nline.png"),
        (UrlReference("https://u:p@host/x/a%20b.png?token=1#f"), "a b.png"),
        (UrlReference("https://host"), "download"),
        (UrlReference("http://["), "download"),
        (InlineReference(PNG), "inline data"),
        (ArtifactReference("ab" * 16), "artifact abababab"),
    ],
)
def test_a_display_name_shows_no_folder_token_or_content(reference: Reference, shown: str) -> None:
    assert display_name(reference) == shown


@settings(max_examples=100)
@given(text=st.text(max_size=200))
def test_printable_text_has_no_control_or_invisible_characters(text: str) -> None:
    assert printable(text).isprintable()
    assert len(printable(text)) <= 80
