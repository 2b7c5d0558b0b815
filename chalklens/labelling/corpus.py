"""Labelled worksheets on disk: what the embedded labeller is trained and scored on.

How it is used: `Corpus(folder)`, then `corpus.worksheets("train")` and `corpus.load(worksheet)`.
The folder holds `<split>.jsonl`, one row per page with `image`, `area`, `scope`, `ability`, and as far
as there are any `id` (else the name of the picture), `text`, `view`; the pictures lie beside them as named by `image`, or in `images-<split>.tar` under
the same names, which is read in place. `words.jsonl` (optional) holds every visible word per page.

Pictures are decoded as the server decodes those of users. What it leaves out: pictures from strangers;
these are decoded in this process.
"""

import hashlib
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from chalklens.errors import InputError, MediaError
from chalklens.media.own_pictures import decode_own_picture
from chalklens.types import Picture

DIMENSIONS = ("area", "scope", "ability")
MAX_WORKSHEETS = 200_000
MAX_PICTURE_BYTES = 16 << 20
MAX_ROW_BYTES = 16 << 20
_MEND = "Mend the row; `chalklens data convert` tells what is wrong with all rows at once."


@dataclass(frozen=True, slots=True)
class Worksheet:
    """One labelled page.

    Attributes:
        id: Its name in the corpus.
        split: The file it comes from, without `.jsonl`.
        image: Path of the picture inside the corpus.
        view: The layout that shows it; whole views are left out in cross-validation.
        labels: Bare ids of all dimensions.
        dimensions: Dimension (`area`, `scope`, `ability`) of each id.
        text: The visible text as the generator knows it, not as a reader sees it.
        ontology: Version of the vocabulary the labels are in.
        pair: Shared by the pages of one problem (question and solution).
    """

    id: str
    split: str
    image: str
    view: str
    labels: frozenset[str]
    dimensions: tuple[tuple[str, str], ...]
    text: str
    ontology: str
    pair: str


class Corpus:
    """A folder of labelled worksheets."""

    def __init__(self, folder: Path) -> None:
        """Open a corpus.

        Raises:
            InputError: There is no such folder.
        """
        if not folder.is_dir():
            raise InputError(
                f"There is no folder {folder}.", "Name the folder that holds train.jsonl."
            )
        self.folder = folder
        self._tars: dict[str, tuple[tarfile.TarFile, dict[str, tarfile.TarInfo]]] = {}

    def worksheets(self, split: str) -> list[Worksheet]:
        """Return the pages of one split, in the order of the file.

        Raises:
            InputError: There is no such split, a row lacks something, or two have one id.
        """
        file = self.folder / f"{split}.jsonl"
        if not file.is_file():
            raise InputError(
                f"{self.folder} has no split {split!r}.", f"It would be the file {split}.jsonl."
            )
        sheets: dict[str, Worksheet] = {}
        for place, row in _rows(file):
            sheet = _to_worksheet(place, row, split)
            if sheet.id in sheets:
                raise InputError(f"{place}: the id {sheet.id} was there before.", _MEND)
            sheets[sheet.id] = sheet
            if len(sheets) > MAX_WORKSHEETS:
                raise InputError(f"{file.name} has over {MAX_WORKSHEETS} rows.", "Split it.")
        return list(sheets.values())

    def words(self) -> dict[str, list[str]]:
        """Return the visible words of every page in `words.jsonl`, by id.

        Raises:
            InputError: There is no such file.
        """
        file = self.folder / "words.jsonl"
        if not file.is_file():
            raise InputError(f"{self.folder} has no words.jsonl.", "It holds the words per page.")
        return {row["id"]: [word[0] for word in row["words"]] for _, row in _rows(file)}

    def load(self, worksheet: Worksheet) -> Picture:
        """Decode the picture of a page.

        Raises:
            InputError: It is neither beside the split nor in its tar file.
            MediaError: It is no picture, or damaged.
        """
        data = self._read(worksheet)
        try:
            found = decode_own_picture(data)
        except MediaError as error:
            message = f"The picture {worksheet.image} cannot be read: {error.message}"
            raise MediaError(message, error.hint, code=error.code) from None
        return Picture(
            name=worksheet.id,
            sha256=hashlib.sha256(data).hexdigest(),
            mime_type="image/png",
            width_px=found.width_px,
            height_px=found.height_px,
            pixels=found.pixels,
            pixels_width_px=found.pixels_width_px,
            pixels_height_px=found.pixels_height_px,
        )

    def sha256(self, worksheet: Worksheet) -> str:
        """Hash the picture's file without decoding it."""
        return hashlib.sha256(self._read(worksheet)).hexdigest()

    def _read(self, worksheet: Worksheet) -> bytes:
        file = self.folder / worksheet.image
        if file.is_file():
            with file.open("rb") as source:
                return _bounded(source.read(MAX_PICTURE_BYTES + 1), worksheet)
        tar, members = self._open_tar(worksheet.split)
        member = members.get(worksheet.image)
        content = tar.extractfile(member) if member else None
        if content is None:
            raise InputError(f"The picture {worksheet.image} is neither a file nor in the tar.")
        with content:
            return _bounded(content.read(MAX_PICTURE_BYTES + 1), worksheet)

    def _open_tar(self, split: str) -> tuple[tarfile.TarFile, dict[str, tarfile.TarInfo]]:
        if split not in self._tars:
            file = self.folder / f"images-{split}.tar"
            if not file.is_file():
                raise InputError(
                    f"The pictures of {split!r} are missing.",
                    f"Put {file.name} beside {split}.jsonl, or extract it there.",
                )
            tar = tarfile.open(file)  # noqa: SIM115 - stays open as long as the corpus
            self._tars[split] = tar, {m.name: m for m in tar if m.isfile()}
        return self._tars[split]

    def close(self) -> None:
        """Close the tar files."""
        while self._tars:
            self._tars.popitem()[1][0].close()


def _rows(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield file and line, and the object in it."""
    with file.open("rb") as source:
        lines = iter(lambda: source.readline(MAX_ROW_BYTES + 1), b"")
        for number, line in enumerate(lines, 1):
            place = f"{file.name}, line {number}"
            if len(line) > MAX_ROW_BYTES:
                raise InputError(f"{place} is over {MAX_ROW_BYTES >> 20} MiB.", _MEND)
            if line.strip():
                yield place, _to_object(place, line)


def _to_object(place: str, line: bytes) -> dict[str, Any]:
    try:
        row: Any = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise InputError(f"{place} is not JSON in UTF-8.", _MEND) from None
    if not isinstance(row, dict):
        raise InputError(f"{place} is no JSON object.", _MEND)
    return cast("dict[str, Any]", row)


def _to_worksheet(place: str, row: dict[str, Any], split: str) -> Worksheet:
    image = row.get("image")
    if not isinstance(image, str) or not image:
        raise InputError(f"{place}: `image` must name a picture.", _MEND)
    pairs = [(id_, name) for name in DIMENSIONS for id_ in _ids(place, row, name)]
    id_ = str(row.get("id") or image)
    return Worksheet(
        id=id_,
        split=split,
        image=image,
        view=str(row.get("view") or ""),
        labels=frozenset(label for label, _ in pairs),
        dimensions=tuple(pairs),
        text=str(row.get("text") or ""),
        ontology=str(row.get("ontology") or ""),
        pair=str(row.get("pair") or id_),
    )


def _ids(place: str, row: dict[str, Any], name: str) -> list[str]:
    written = row.get(name)
    if not isinstance(written, list):
        raise InputError(f"{place}: `{name}` must be a list of EduGraph ids.", _MEND)
    return [str(id_) for id_ in cast("list[Any]", written)]


def _bounded(data: bytes, worksheet: Worksheet) -> bytes:
    if len(data) > MAX_PICTURE_BYTES:
        raise InputError(f"The picture {worksheet.image} is over {MAX_PICTURE_BYTES >> 20} MiB.")
    return data
