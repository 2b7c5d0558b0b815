"""Labelled worksheets on disk: what the embedded labeller is trained and scored on.

How it is used: `Corpus(folder)`, then `corpus.worksheets("train")` and `corpus.load(worksheet)`.
The folder holds `<split>.jsonl`, one row per page with `id`, `image`, `area`, `scope`, `ability`,
`text`, `view`; the pictures lie beside them as named by `image`, or in `images-<split>.tar` under
the same names, which is read in place. `words.jsonl` (optional) holds every visible word per page.

What it leaves out: pictures from strangers. These are decoded in this process; what users send goes
through `media/`.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalklens.errors import InputError
from chalklens.types import Picture

DIMENSIONS = ("area", "scope", "ability")
MAX_WORKSHEETS = 200_000
MAX_PICTURE_BYTES = 16 << 20


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
            InputError: There is no such split, or a row lacks something.
        """
        file = self.folder / f"{split}.jsonl"
        if not file.is_file():
            raise InputError(
                f"{self.folder} has no split {split!r}.", f"It would be the file {split}.jsonl."
            )
        sheets = [_to_worksheet(row, split) for row in _rows(file)]
        if len(sheets) > MAX_WORKSHEETS:
            raise InputError(f"{file.name} has over {MAX_WORKSHEETS} rows.", "Split it.")
        return sheets

    def words(self) -> dict[str, list[str]]:
        """Return the visible words of every page in `words.jsonl`, by id.

        Raises:
            InputError: There is no such file.
        """
        file = self.folder / "words.jsonl"
        if not file.is_file():
            raise InputError(f"{self.folder} has no words.jsonl.", "It holds the words per page.")
        return {row["id"]: [word[0] for word in row["words"]] for row in _rows(file)}

    def load(self, worksheet: Worksheet) -> Picture:
        """Decode the picture of a page.

        Raises:
            InputError: It is neither beside the split nor in its tar file.
        """
        from PIL import Image  # not at import: option types are imported by the command line

        data = self._read(worksheet)
        image = Image.open(io.BytesIO(data)).convert("RGB")
        width, height = image.size
        return Picture(
            name=worksheet.id,
            sha256=hashlib.sha256(data).hexdigest(),
            mime_type="image/png",
            width_px=width,
            height_px=height,
            pixels=image.tobytes(),
            pixels_width_px=width,
            pixels_height_px=height,
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


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield json.loads(line)
            except ValueError:
                raise InputError(f"{file.name}, line {number} is not JSON.") from None


def _to_worksheet(row: dict[str, Any], split: str) -> Worksheet:
    try:
        pairs = [(id_, name) for name in DIMENSIONS for id_ in row[name]]
        return Worksheet(
            id=row["id"],
            split=split,
            image=row["image"],
            view=row.get("view", ""),
            labels=frozenset(id_ for id_, _ in pairs),
            dimensions=tuple(pairs),
            text=row.get("text", ""),
            ontology=row.get("ontology", ""),
            pair=row.get("pair", row["id"]),
        )
    except KeyError as error:
        raise InputError(f"A row of {split}.jsonl has no {error}.") from None


def _bounded(data: bytes, worksheet: Worksheet) -> bytes:
    if len(data) > MAX_PICTURE_BYTES:
        raise InputError(f"The picture {worksheet.image} is over {MAX_PICTURE_BYTES >> 20} MiB.")
    return data
