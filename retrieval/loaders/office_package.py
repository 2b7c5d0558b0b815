"""Word and PowerPoint files as what they are: a zip of XML parts that point at each other.

How it is used:

    package = OfficePackage(data, limits)
    main = package.main_part()
    read_xml(package.read(main), target)
    notes = package.find_related(main, "notesSlide")

Parts are read by name into memory, never written to disk, and only as many bytes as the limits allow,
whatever the archive claims. XML with a document type is refused, so there are no entities to expand.
python-docx and python-pptx are not used here: they unpack every part, pictures too, before anything
can be checked, and leave out content controls, tracked insertions, text boxes and footnotes.

What it leaves out: encryption (such a file is no zip), signatures, macros: nothing is ever run.
Source: ECMA-376, part 2 (packages and relationships).
"""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from chalklens.errors import MediaError
from retrieval.loaders.draft import check_count
from retrieval.loaders.limits import MIB, LoadLimits
from retrieval.loaders.markup import MarkupTarget, QuietTarget, feed_xml, local_name

_SAVE_AGAIN = "Open it in the program that made it and save it again."
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError)


def read_xml(data: bytes, target: MarkupTarget) -> None:
    """Feed a part to a target.

    Raises:
        MediaError: It is damaged, or has a document type.
    """
    if not feed_xml(data, target):
        raise _damaged()


@dataclass(frozen=True, slots=True)
class Relation:
    """Where a part points: the last word of the relation's type, and the part's name."""

    id: str
    kind: str
    target: str


class OfficePackage:
    """Opens a zip of parts without unpacking it.

    Raises:
        MediaError: It is damaged, protected, or over a limit.
    """

    def __init__(self, data: bytes, limits: LoadLimits) -> None:
        self._limits = limits
        self._left_bytes = limits.unpacked_bytes
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _BROKEN:
            raise _damaged() from None
        self._names = frozenset(self._zip.namelist())
        check_count(len(self._zip.infolist()), limits.parts, "parts")

    def main_part(self) -> str:
        """Return the name of the document or presentation itself.

        Raises:
            MediaError: There is none: it is some other kind of archive.
        """
        main = self.find_related("", "officeDocument")
        if not main:
            raise MediaError(
                "This is an archive, not a Word or PowerPoint file.",
                "Unpack it and add the documents inside.",
            )
        return main[0]

    def read(self, part: str) -> bytes:
        """Return a part's bytes.

        Raises:
            MediaError: It is missing, damaged, protected or over a limit.
        """
        limit = min(self._limits.part_bytes, self._left_bytes)
        try:
            with self._zip.open(part) as file:
                data = file.read(limit + 1)
        except (KeyError, *_BROKEN):
            raise _damaged() from None
        except RuntimeError:  # what zipfile raises for an encrypted part
            raise MediaError("The document needs a password.", "Save a copy without one.") from None
        if len(data) > limit:
            raise MediaError(
                f"The document unpacks to more than {limit / MIB:.0f} MiB of text and markup.",
                "Split it into smaller ones.",
            )
        self._left_bytes -= len(data)
        return data

    def find_related(self, part: str, kind: str) -> list[str]:
        """Return the names of the parts that `part` points at with relations of a kind, in order."""
        return [relation.target for relation in self.list_relations(part) if relation.kind == kind]

    def list_relations(self, part: str) -> list[Relation]:
        """Return where a part points inside the package; `""` is the package itself."""
        folder, name = posixpath.split(part)
        place = posixpath.join(folder, "_rels", f"{name}.rels")
        if place not in self._names:
            return []
        relations = _Relations(folder)
        read_xml(self.read(place), relations)
        return [found for found in relations.found if found.target in self._names]


class _Relations(QuietTarget):
    """Takes the events of a relationship part."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.found: list[Relation] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        if local_name(tag) == "Relationship" and attributes.get("TargetMode") != "External":
            path = posixpath.join("/", self._folder, attributes.get("Target", ""))
            kind = attributes.get("Type", "").rpartition("/")[2]
            target = posixpath.normpath(path).lstrip("/")
            self.found.append(Relation(attributes.get("Id", ""), kind, target))


def read_title(package: OfficePackage) -> str:
    """Return the title in the document's properties, or an empty string."""
    for part in package.find_related("", "core-properties"):
        properties = _Title()
        read_xml(package.read(part), properties)
        return properties.text.strip()
    return ""


class _Title(QuietTarget):
    """Takes the events of the core properties."""

    def __init__(self) -> None:
        self._inside = False
        self.text = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        self._inside = local_name(tag) == "title"

    def end(self, tag: str) -> None:
        """An element ends."""
        self._inside = False

    def data(self, text: str) -> None:
        """Text between tags."""
        if self._inside:
            self.text += text


def _damaged() -> MediaError:
    return MediaError("The document cannot be opened: it is damaged or cut off.", _SAVE_AGAIN)
