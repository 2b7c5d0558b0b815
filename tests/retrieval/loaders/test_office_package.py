import io
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.errors import MediaError
from retrieval.loaders.limits import MIB, LoadLimits
from retrieval.loaders.loading import load_document
from retrieval.loaders.office_package import OfficePackage

from .office_samples import docx, paragraph, relations, zipped


def package(parts: dict[str, str | bytes], limits: LoadLimits | None = None) -> OfficePackage:
    return OfficePackage(zipped(parts), limits or LoadLimits())


def test_a_part_over_its_limit_is_refused_before_it_is_unpacked() -> None:
    bomb = package({"a": bytes(20 * MIB)}, LoadLimits(part_bytes=MIB))
    with pytest.raises(MediaError, match="more than 1 MiB"):
        bomb.read("a")


def test_an_archive_that_lies_about_sizes_yields_no_more_than_it_claims() -> None:
    data = bytearray(zipped({"a": bytes(8 * MIB)}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 10)  # uncompressed size in the directory
    with pytest.raises(MediaError):
        OfficePackage(bytes(data), LoadLimits()).read("a")


def test_all_parts_together_have_a_limit() -> None:
    parts: dict[str, str | bytes] = {"a": bytes(900), "b": bytes(900)}
    opened = package(parts, LoadLimits(unpacked_bytes=1000))
    assert len(opened.read("a")) == 900
    with pytest.raises(MediaError, match="unpacks"):
        opened.read("b")


def test_the_number_of_parts_has_a_limit() -> None:
    with pytest.raises(MediaError, match="more than 2 parts"):
        package({"a": "", "b": "", "c": ""}, LoadLimits(parts=2))


def test_relations_do_not_lead_outside_the_package() -> None:
    opened = package(
        {
            "_rels/.rels": relations(
                ("x", "../../etc/passwd"), ("x", "file:///etc/passwd"), ("x", "a")
            ),
            "a": "",
            "etc/passwd": "inside",
        }
    )
    assert opened.find_related("", "x") == ["etc/passwd", "a"]


def test_external_targets_are_not_followed() -> None:
    part = '<R><Relationship Id="1" Type="u/officeDocument" Target="a" TargetMode="External"/></R>'
    with pytest.raises(MediaError, match="archive"):
        package({"_rels/.rels": part, "a": ""}).main_part()


def test_an_encrypted_part_needs_a_password() -> None:
    data = bytearray(zipped({"a": "words"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    with pytest.raises(MediaError, match="password"):
        OfficePackage(bytes(data), LoadLimits()).read("a")


def test_an_unknown_compression_is_a_clear_error() -> None:
    data = bytearray(zipped({"a": "words"}))
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = data.index(signature) + offset
        data[at : at + 2] = struct.pack("<H", 77)
    with pytest.raises(MediaError, match="damaged"):
        OfficePackage(bytes(data), LoadLimits()).read("a")


def test_a_missing_part_is_a_clear_error() -> None:
    with pytest.raises(MediaError, match="damaged"):
        package({"a": ""}).read("b")


def test_stored_parts_are_read_like_compressed_ones() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a", "words")
    assert OfficePackage(buffer.getvalue(), LoadLimits()).read("a") == b"words"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_file_with_changed_bytes_is_loaded_or_a_clear_error(data: st.DataObject) -> None:
    whole = bytearray(docx(paragraph("One", "H1") + paragraph("Some words in a document.")))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(4, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(4, len(whole)))
    try:
        loaded = load_document(bytes(whole[:cut]), "a.docx", collection="c", source="s")
    except MediaError as error:
        shown = error.hint
    else:
        shown = loaded.text
    assert shown
