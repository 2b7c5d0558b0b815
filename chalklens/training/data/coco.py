"""COCO captions: a picture and a sentence about it, as CSV or as COCO's own JSON.

How it is used: `read_caption_table(file, prompt)` for a CSV with a column of pictures and one of
captions; `read_coco(file, prompt)` for the `captions_*.json` of the data set, whose pictures are
named by `file_name`. Every caption is a row; all captions of a picture go into one split.

What it leaves out: boxes and masks. A COCO file without captions is a fault per annotation.
Source of the JSON form: Lin et al., Microsoft COCO: Common Objects in Context, 2014, and
https://cocodataset.org/#format-data.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

from chalklens.errors import InputError
from chalklens.training.data.candidates import Candidate, Fault, Found, ask
from chalklens.training.data.format_names import DEFAULT_PROMPT
from chalklens.training.data.lines import read_table
from chalklens.training.data.rows import decode_json

PICTURE_COLUMNS: Final = ("image", "image_path", "file_name", "filename", "path", "image:file")
CAPTION_COLUMNS: Final = ("caption", "captions", "text", "description", "sentence")
MAX_COCO_BYTES: Final = 1 << 30


def find_column(names: Mapping[str, Any], wanted: tuple[str, ...]) -> str | None:
    """Return the first column of these names, whatever its case."""
    by_lower = {name.lower(): name for name in names}
    return next((by_lower[name] for name in wanted if name in by_lower), None)


def read_caption_table(file: Path, prompt: str = DEFAULT_PROMPT) -> Iterator[Found]:
    """Yield a candidate per row of a CSV.

    Raises:
        InputError: The file cannot be read, or lacks the columns.
    """
    for record in read_table(file):
        if isinstance(record, Fault):
            yield record
            continue
        place, cells = record
        picture, caption = (find_column(cells, c) for c in (PICTURE_COLUMNS, CAPTION_COLUMNS))
        if picture is None or caption is None:
            raise InputError(
                f"{file.name} has the columns {', '.join(cells)}.",
                "One column named image (or image_path) and one named caption are needed.",
            )
        yield caption_candidate(place, cells[picture].strip(), cells[caption], prompt)


def caption_candidate(place: str, picture: str | bytes, caption: str, prompt: str) -> Found:
    """Return the row for one caption, or what is missing."""
    if not picture:
        return Fault(place, "picture_missing", "no picture is named")
    if not caption.strip():
        return Fault(place, "no_text", "the caption is blank")
    return Candidate(place, ask(prompt, " ".join(caption.split()), 1), (picture,))


def read_coco(file: Path, prompt: str = DEFAULT_PROMPT) -> Iterator[Found]:
    """Yield a candidate per annotation of a COCO JSON file.

    Raises:
        InputError: The file cannot be read, is too large, or is not of this form.
    """
    content = _load(file)
    names = {image.get("id"): image.get("file_name") for image in _objects(content, "images")}
    for number, annotation in enumerate(_list(content, "annotations"), 1):
        place = f"annotation {number}"
        if not isinstance(annotation, dict):
            yield Fault(place, "not_a_record", "a JSON object is needed")
            continue
        yield _candidate(place, cast("dict[str, Any]", annotation), names, prompt)


def _candidate(
    place: str, annotation: dict[str, Any], names: Mapping[Any, Any], prompt: str
) -> Found:
    caption, image = annotation.get("caption"), annotation.get("image_id")
    if not isinstance(caption, str):
        return Fault(place, "no_text", "the annotation has no caption")
    name = names.get(image) if isinstance(image, int | str) else None
    if not isinstance(name, str):
        return Fault(place, "picture_missing", f"no entry in images for image_id {image!r:.100}")
    return caption_candidate(place, name, caption, prompt)


def _load(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > MAX_COCO_BYTES:
            raise InputError(f"{file.name} is over {MAX_COCO_BYTES >> 30} GiB.", "Split it.")
        content = decode_json(file.read_text("utf-8-sig"))
    except InputError as error:
        raise InputError(
            f"{file.name} cannot be read: {error.message}", error.hint or "Check the file."
        ) from None
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.", "Check the path.") from None
    except UnicodeDecodeError:
        raise InputError(f"{file.name} is not UTF-8.", "Save it as UTF-8.") from None
    if not isinstance(content, dict):
        raise InputError(f"{file.name} is not of the COCO form.", "Try another --format.")
    return cast("dict[str, Any]", content)


def _list(content: Mapping[str, Any], key: str) -> list[Any]:
    found = content.get(key)
    if not isinstance(found, list):
        raise InputError(
            f"The file has no list {key!r}.", "The COCO form has the lists images and annotations."
        )
    return cast("list[Any]", found)


def _objects(content: Mapping[str, Any], key: str) -> Iterator[dict[str, Any]]:
    """The entries that can be used; annotations that name another one are faults of their own."""
    entries = (cast("dict[str, Any]", e) for e in _list(content, key) if isinstance(e, dict))
    return (entry for entry in entries if isinstance(entry.get("id"), int | str))
