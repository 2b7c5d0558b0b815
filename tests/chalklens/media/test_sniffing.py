from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.errors import MediaError
from chalklens.media.limits import Limits
from chalklens.media.sniffing import check_size, size_limit, sniff

FTYP = b"\0\0\0\x20ftyp"


@pytest.mark.parametrize(
    ("data", "mime_type"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"GIF89a", "image/gif"),
        (b"BM\0\0", "image/bmp"),
        (b"II*\0", "image/tiff"),
        (b"MM\0*", "image/tiff"),
        (b"II+\0", "image/tiff"),
        (FTYP + b"avif\0\0\0\0mif1miaf", "image/avif"),
        (FTYP + b"mif1\0\0\0\0miafavif", "image/avif"),
        (b"%PDF-1.7", "application/pdf"),
        (b"\n\n junk %PDF-1.4", "application/pdf"),
        (b"\xff\xd8\xff%PDF-1.4", "image/jpeg"),
    ],
)
def test_supported_content_is_recognised_by_its_first_bytes(data: bytes, mime_type: str) -> None:
    assert sniff(data) == mime_type


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"<svg xmlns='x'/>", "SVG"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><svg/>", "SVG"),
        (b"<!DOCTYPE html>%PDF-1.4", "HTML"),
        (FTYP + b"heic\0\0\0\0mif1heic", "HEIC"),
        (FTYP + b"isom\0\0\0\0isomavc1", "video"),
        (b"RIFF\0\0\0\0AVI LIST", "video"),
        (b"\x1aE\xdf\xa3webm", "video"),
        (b"PK\x03\x04", "archive"),
        (b"\x1f\x8b\x08", "archive"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        (b"8BPS", "Photoshop"),
        (b"%!PS-Adobe", "PostScript"),
        (b"\x7fELF", "program"),
        (b"Hello, world", "plain text"),
        ("Grüße".encode() * 300, "plain text"),
        (b"\0" * 50, "zero bytes"),
        (b"\x93\x94\x95", "unknown"),
        (b"", "empty"),
    ],
)
def test_anything_else_is_refused_by_name_and_with_a_hint(data: bytes, name: str) -> None:
    with pytest.raises(MediaError, match=name) as caught:
        sniff(data)
    assert caught.value.hint


@settings(max_examples=200)
@given(data=st.binary(max_size=64))
def test_any_bytes_are_either_supported_or_a_media_error(data: bytes) -> None:
    with suppress(MediaError):
        assert sniff(data).count("/") == 1


def test_documents_may_be_longer_than_pictures() -> None:
    limits = Limits()
    assert size_limit(b"%PDF-1.7", limits) == limits.document_bytes
    assert size_limit(b"\x89PNG\r\n\x1a\n", limits) == limits.file_bytes
    check_size(limits.file_bytes, limits.file_bytes)
    with pytest.raises(MediaError, match="20 MiB"):
        check_size(limits.file_bytes + 1, limits.file_bytes)
