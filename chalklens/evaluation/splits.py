"""A split named by its file: `val.jsonl`, with its pictures beside it.

How it is used: `with open_split(Path("worksheets/val.jsonl")) as split:`, then `split.sheets` and
`split.corpus.load(sheet)`. What it leaves out: the rows and pictures themselves
(`labelling/corpus.py`).
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chalklens.errors import InputError
from chalklens.labelling.corpus import Corpus, Worksheet


@dataclass(frozen=True, slots=True)
class Split:
    """The pages of one file, and the folder their pictures are in."""

    file: Path
    corpus: Corpus
    sheets: tuple[Worksheet, ...]

    @property
    def name(self) -> str:
        """The file's name without `.jsonl`."""
        return self.file.stem


@contextmanager
def open_split(file: Path, max_pages: int | None = None) -> Generator[Split, None, None]:
    """Open a split and close its pictures at the end.

    Raises:
        InputError: There is no such file, it is no `.jsonl`, or it holds no page.
    """
    if file.suffix != ".jsonl" or not file.is_file():
        raise InputError(
            f"There is no split {file}.",
            "Name the JSONL file with the labels, e.g. worksheets/val.jsonl.",
        )
    corpus = Corpus(file.parent)
    try:
        sheets = tuple(corpus.worksheets(file.stem)[:max_pages])
        if not sheets:
            raise InputError(f"The split {file.name} is empty.")
        yield Split(file, corpus, sheets)
    finally:
        corpus.close()
