"""Which format a source has, and how it is opened.

How it is used: `open_source("captions.csv", "auto", options)` -> the format's name and a `Source`.
`detect_format` looks at the suffix and the first record, never further. What it leaves out: folders
of documents, which need the loaders of `retrieval`; the command puts those together.
"""

import itertools
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from chalklens.edugraph.ontology import Ontology
from chalklens.errors import InputError
from chalklens.training.data.candidates import Fault, Found, Source
from chalklens.training.data.coco import read_caption_table, read_coco
from chalklens.training.data.conversations import read_conversations
from chalklens.training.data.format_names import DEFAULT_PROMPT, FORMATS, TASKS, Format, Task
from chalklens.training.data.hubs import Hub, HubRequest, open_hub, read_hub
from chalklens.training.data.lines import count_lines, read_records
from chalklens.training.data.ontology_questions import ask_about_concepts, count_questions
from chalklens.training.data.videos import FRAMES
from chalklens.training.data.worksheets import read_worksheets

SHIPPED_ONTOLOGY: Final = "edugraph"
_DATASET_SIGNS: Final = ("*.parquet", "data/*.parquet", "*.arrow", "metadata.jsonl", "metadata.csv")
_TABLES: Final = (".csv", ".tsv")
_ROWS: Final = (*_TABLES, ".json", ".jsonl")
_PICTURES: Final = (*FRAMES, ".gif", ".tif", ".tiff", ".avif")
_LISTED: Final = 10_000
_HEAD_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What a source needs beside its name.

    Attributes:
        images: Folder of the pictures; None is the folder of the file.
        prompt: The question before a caption.
        tasks: Which rows a worksheet gives.
        split, config, image_column, text_column: As in `hubs.HubRequest`.
    """

    images: Path | None = None
    prompt: str = DEFAULT_PROMPT
    tasks: tuple[Task, ...] = TASKS
    split: str = "train"
    config: str = ""
    image_column: str = ""
    text_column: str = ""


def detect_format(name: str) -> Format:
    """Return the format of a source by its name and its first record.

    Raises:
        InputError: There is no such file, or it is of no known form.
    """
    if name.lower().startswith(("http://", "https://")):
        return "documents"
    path = Path(name)
    if name == SHIPPED_ONTOLOGY or path.suffix.lower() == ".ttl":
        return "ontology"
    if path.is_dir():
        return _detect_folder(path)
    if not path.is_file():
        raise InputError(
            f"There is no file or folder {name}.",
            "For a data set by its id, say where: --format hf or --format modelscope.",
        )
    if path.suffix.lower() in _TABLES:
        return "coco-csv"
    if path.suffix.lower() in (".json", ".jsonl"):
        return _detect_json(path)
    return "documents"


def _detect_folder(folder: Path) -> Format:
    """A data set, or documents; pictures with a table beside them are converted by that table."""
    if any(next(folder.glob(sign), None) for sign in _DATASET_SIGNS):
        return "hf"
    entries = itertools.islice(folder.rglob("[!.]*"), _LISTED)
    files = [entry for entry in entries if entry.is_file()]
    pictures = [file for file in files if file.suffix.lower() in _PICTURES]
    tables = sorted(file for file in files if file.suffix.lower() in _ROWS)
    if not pictures or len(pictures) + len(tables) < len(files):
        return "documents"
    if tables:
        raise InputError(
            f"{folder} holds pictures, and {', '.join(file.name for file in tables[:3])} beside them.",
            "Convert the file that tells about the pictures: chalklens data convert "
            + shlex.quote(str(tables[0])),
        )
    raise InputError(
        f"{folder} holds pictures, and no text about them.",
        "Write a CSV beside them with the columns image and caption, or JSONL with image, area, scope and "
        "ability, and convert that file.",
    )


def _detect_json(path: Path) -> Format:
    if _looks_like_coco(path):
        return "coco"
    records = (record for record in read_records(path) if not isinstance(record, Fault))
    first = next(itertools.islice(records, 1), None)
    fields: dict[str, Any] = first[1] if first else {}
    if {"image", "area", "scope", "ability"} <= fields.keys():
        return "worksheets"
    if "messages" in fields:
        return "qwen"
    if "conversations" in fields:
        return "llava" if fields.keys() & {"image", "images"} else "sharegpt"
    raise InputError(
        f"The form of {path.name} is not known: its first record has "
        f"{', '.join(sorted(fields)) or 'no fields'}.",
        f"Choose one: --format {', '.join(FORMATS)}.",
    )


def _looks_like_coco(path: Path) -> bool:
    """COCO is one object over many lines, or one very long line, that begins with its lists."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    is_object = head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
    is_long = b"\n" not in head.strip() or path.suffix.lower() == ".json"
    signs = (b'"annotations"', b'"images"', b'"info"', b'"licenses"')
    records = (b'"messages"', b'"conversations"', b'"scope"')
    has_sign = any(sign in head for sign in signs)
    return is_object and is_long and has_sign and not any(key in head for key in records)


def open_source(name: str, format_: Format, options: SourceOptions) -> Source:
    """Open a source of a format that `detect_format` returned or somebody chose.

    Raises:
        InputError: It cannot be opened, or documents are asked for.
        UnavailableError: A library is not installed.
    """
    if format_ in ("hf", "modelscope"):
        return _open_hub(name, format_, options)
    if format_ == "ontology":
        return _open_ontology(name)
    if format_ == "documents":
        raise InputError("Documents need loaders that are not here.", "chalklens data convert")
    path = Path(name)
    if not path.is_file():
        raise InputError(f"There is no file {name}.", "Check the path.")
    found = _READERS[format_](path, options)
    total = count_lines(path) if path.suffix.lower() in (".jsonl", *_TABLES) else 0
    rows = len(options.tasks) if format_ == "worksheets" else 1
    archive = path.with_name(f"images-{path.stem}.tar")
    root = options.images or path.absolute().parent
    return Source(path.name, found, root, total * rows, archive if archive.is_file() else None)


_READERS: Final[dict[str, Callable[[Path, SourceOptions], Iterator[Found]]]] = {
    "coco": lambda path, options: read_coco(path, options.prompt),
    "coco-csv": lambda path, options: read_caption_table(path, options.prompt),
    "worksheets": lambda path, options: read_worksheets(path, Ontology.load(), options.tasks),
    "sharegpt": lambda path, _: read_conversations(path),
    "llava": lambda path, _: read_conversations(path),
    "qwen": lambda path, _: read_conversations(path),
}


def _open_hub(name: str, hub: Hub, options: SourceOptions) -> Source:
    request = HubRequest(
        name=name,
        split=options.split,
        config=options.config,
        image_column=options.image_column,
        text_column=options.text_column,
        prompt=options.prompt,
    )
    root = options.images or Path(name).absolute()  # an id is no folder: no path of it is read
    return Source(f"{hub}:{name}", read_hub(open_hub(hub, request), request), root)


def _open_ontology(name: str) -> Source:
    ontology = Ontology.load() if name == SHIPPED_ONTOLOGY else Ontology.load(name)
    source = f"ontology {ontology.version}".strip()
    return Source(source, ask_about_concepts(ontology), Path.cwd(), count_questions(ontology))
