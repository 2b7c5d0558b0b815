# pyright: reportMissingTypeStubs=false, reportUnknownLambdaType=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Data sets by their id on Hugging Face or ModelScope, streamed: nothing is downloaded whole.

How it is used: `read_hub(open_hub("hf", "owner/name"), columns)`; a folder on this disk works in
place of an id. A row is read by its columns: `messages` or `conversations` with pictures, `question`
and `answer`, or a caption. Pictures are taken as stored bytes and decoded where all others are.

What it leaves out: code that comes with a data set (`trust_remote_code` is never set), audio, and
logging in (`hf auth login`, `modelscope login` do that).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, cast

from chalklens.errors import InputError, UnavailableError
from chalklens.media.limits import Limits
from chalklens.training.data.candidates import Candidate, Fault, Found, ask
from chalklens.training.data.coco import CAPTION_COLUMNS, caption_candidate, find_column
from chalklens.training.data.conversations import read_conversation

Hub = Literal["hf", "modelscope"]
Cells = Mapping[str, Any]
MAX_CAPTIONS: Final = 16
_PICTURES: Final = ("image", "images", "img", "picture", "jpg", "png", "image:file")
_QUESTIONS: Final = ("question", "query", "problem")
_ANSWERS: Final = ("answer", "answers", "response", "multiple_choice_answer")
_TALKS: Final = ("messages", "conversations")


@dataclass(frozen=True, slots=True)
class HubRequest:
    """What of a data set is wanted.

    Attributes:
        name: `owner/name`, or a folder.
        split: Such as `train`.
        config: Which of several configurations (subsets); empty for the only one.
        image_column, text_column: Names that are not among the usual ones.
        prompt: The question before a caption.
    """

    name: str
    split: str
    config: str
    image_column: str
    text_column: str
    prompt: str


def open_hub(hub: Hub, request: HubRequest) -> Iterator[Cells]:
    """Open a data set for streaming.

    Raises:
        UnavailableError: The library is not installed.
        InputError: There is no such data set, configuration or split, or it cannot be reached.
    """
    opened = _OPENERS[hub](request)
    if hasattr(opened, "decode"):  # a streamed data set: pictures as bytes, not as pixels
        opened = opened.decode(False)
    return _stream(opened, request)


def read_hub(rows: Iterable[Cells], request: HubRequest) -> Iterator[Found]:
    """Yield the candidates of every row.

    Raises:
        InputError: The columns are none that can be read.
    """
    for number, cells in enumerate(rows, 1):
        place = f"row {number}"
        if talk := find_column(cells, _TALKS):
            yield _talk(place, cells, talk, request)
        else:
            yield from _caption_or_answer(place, cells, request)


def _open_huggingface(request: HubRequest) -> Any:
    try:
        import datasets
    except ImportError:
        raise _not_installed("datasets", "chalklens[data]") from None
    return _load(
        lambda: datasets.load_dataset(
            request.name, request.config or None, split=request.split, streaming=True
        ),
        request,
    )


def _open_modelscope(request: HubRequest) -> Any:
    try:
        from modelscope.msdatasets import (  # pyright: ignore[reportMissingImports]
            MsDataset,
        )
    except ImportError:
        raise _not_installed("modelscope", "modelscope[datasets]") from None
    found = _load(
        lambda: MsDataset.load(
            request.name,
            subset_name=request.config or None,
            split=request.split,
            use_streaming=True,
        ),
        request,
    )
    return getattr(found, "ds_instance", found)  # to_hf_dataset() fails on streamed ones


_OPENERS: Final[dict[Hub, Callable[[HubRequest], Any]]] = {
    "hf": _open_huggingface,
    "modelscope": _open_modelscope,
}


def _not_installed(library: str, extra: str) -> UnavailableError:
    return UnavailableError(
        f"Data sets by id need the library {library}, which is not installed.",
        f"pip install '{extra}'",
    )


def _load(load: Callable[[], Any], request: HubRequest) -> Any:
    """The libraries raise errors of their own, of requests, of fsspec, of pyarrow, and ValueError."""
    try:
        return load()
    except Exception as error:
        raise _refused(request, error) from None


def _stream(opened: Iterable[Cells], request: HubRequest) -> Iterator[Cells]:
    try:
        yield from opened
    except Exception as error:  # see _load; files are opened when they are first read
        raise _refused(request, error) from None


def _refused(request: HubRequest, error: Exception) -> InputError:
    reason = " ".join(str(error).split())[:300] or type(error).__name__
    return InputError(
        f"The data set {request.name} (split {request.split}) cannot be read: {reason}",
        "Check its id, --dataset-split and --dataset-config, and the network.",
    )


def _talk(place: str, cells: Cells, talk: str, request: HubRequest) -> Found:
    pictures = _pictures(cells, request)
    names = [f"picture {number}" for number in range(len(pictures))]
    record = {"messages": cells[talk], "images": names, "id": cells.get("id")}
    found = read_conversation(place, record)
    if isinstance(found, Fault):
        return found
    by_name: dict[str | bytes, str | bytes] = {**dict(zip(names, pictures, strict=True))}
    if any(name not in by_name for name in found.pictures):
        return Fault(place, "picture_missing", "a text names a picture that is in no column")
    return replace(found, pictures=tuple(by_name[name] for name in found.pictures))


def _caption_or_answer(place: str, cells: Cells, request: HubRequest) -> Iterator[Found]:
    pictures = _pictures(cells, request)
    question, answer = find_column(cells, _QUESTIONS), find_column(cells, _ANSWERS)
    if question and answer and not request.text_column:
        texts = str(cells[question] or ""), _first_text(cells[answer])
        if not all(text.strip() for text in texts):
            yield Fault(place, "no_text", "question or answer is blank")
        else:
            yield Candidate(place, ask(*texts, len(pictures)), tuple(pictures))
        return
    caption = request.text_column or find_column(cells, (*CAPTION_COLUMNS, "sentences", "txt"))
    if caption is None or caption not in cells:
        raise _unknown_columns(cells, request)
    texts = _texts(cells[caption]) or [""]
    for text in texts[:MAX_CAPTIONS]:
        yield _caption(place, pictures, text, request.prompt)
    for _ in texts[MAX_CAPTIONS:]:
        yield Fault(place, "not_a_row", f"a row has at most {MAX_CAPTIONS} captions")


def _caption(place: str, pictures: list[str | bytes], text: str, prompt: str) -> Found:
    """The row for one caption of one picture, or of several that are shown together."""
    if len(pictures) < 2:
        return caption_candidate(place, next(iter(pictures), b""), text, prompt)
    if not text.strip():
        return Fault(place, "no_text", "the caption is blank")
    return Candidate(place, ask(prompt, " ".join(text.split()), len(pictures)), tuple(pictures))


def _pictures(cells: Cells, request: HubRequest) -> list[str | bytes]:
    """The pictures of a row: content where it is there, else the path as the library gives it."""
    column = request.image_column or find_column(cells, _PICTURES)
    if column is None:
        return []
    if column not in cells:
        raise _unknown_columns(cells, request)
    value = cells[column]
    listed = cast("list[Any]", value) if isinstance(value, list) else [value]
    return [_picture(cell) for cell in listed if cell is not None]


def _picture(cell: Any) -> str | bytes:
    if isinstance(cell, dict):
        fields = cast("dict[str, Any]", cell)
        return fields.get("bytes") or _open_path(str(fields.get("path") or ""))
    return cell if isinstance(cell, bytes) else str(cell)


def _open_path(path: str) -> str | bytes:
    """Read a picture that a streamed data set names by a place on its hub."""
    if not path.startswith("hf://"):
        return path
    import fsspec  # comes with datasets

    try:
        with fsspec.open(path, "rb") as file:
            return bytes(cast("Any", file).read(Limits().file_bytes + 1))
    except (OSError, ValueError):
        return path  # becomes a missing picture


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        value = fields.get("raw") or fields.get("text")
    listed = cast("list[Any]", value) if isinstance(value, list) else [value]
    texts = [entry.get("raw") if isinstance(entry, dict) else entry for entry in listed]
    return [str(text) for text in texts if text is not None]


def _first_text(value: Any) -> str:
    return next(iter(_texts(value)), "")


def _unknown_columns(cells: Cells, request: HubRequest) -> InputError:
    return InputError(
        f"{request.name} has the columns {', '.join(map(str, cells))}.",
        "Name the right ones: --image-column NAME --text-column NAME.",
    )
