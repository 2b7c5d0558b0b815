"""The sheet worker: reads pictures and labels them, in one child process.

How it is used: `WorkerProcess(sheet_worker_spec())` from `labelling.embedded`. Operations:

- `warm`: loads the reader and uses it once. The labeller's weights wait for the first `label`:
  they take 0.9 s then, and 140 MB that a client who only reads never pays for.
- `read`: packed picture -> what `reading.wire.dump_reading` returns.
- `label`: packed picture, with `{"reading": ...}` when it was read before -> `reading`, `labels`,
  and `model`, `revision`, `ontology` of the weights.

Libraries and weights are loaded by the first operation that needs them and then kept; so are the
readings of the last pictures (`reading/recent.py`), which `read` and `label` share. What it leaves
out: decoding (pictures come as pixels), queues, the engine.
"""

import ctypes
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from chalklens.labelling.wire import dump_labels
from chalklens.media.wire import unpack_picture
from chalklens.reading.recent import RecentReadings, make_key
from chalklens.reading.wire import dump_reading, load_reading
from chalklens.types import Picture, TextReading
from chalklens.workers.host import Call, Port, Reply, serve_operations

if TYPE_CHECKING:
    from chalklens.labelling.sheet_model import SheetModel

WEIGHTS = Path(__file__).parents[1] / "weights" / "labeller"
LARGE_PICTURE_BYTES = 500_000 * 3
THREADS_VARIABLE = "CHALKLENS_SHEET_THREADS"
WEIGHTS_VARIABLE = "CHALKLENS_LABELLER_WEIGHTS"


class Recognizer(Protocol):
    """What a worker needs of `reading.recognizer.TextRecognizer`."""

    reader: str

    def read(self, picture: Picture) -> TextReading:
        """Recognise every line of a picture."""
        ...


class SheetWorker:
    """The operations, and what they keep loaded."""

    def __init__(self, weights: Path, threads: int) -> None:
        self._weights, self._threads = weights, threads
        self._recent = RecentReadings()

    @cached_property
    def recognizer(self) -> Recognizer:
        """RapidOCR, loaded on first use."""
        from chalklens.reading.recognizer import TextRecognizer

        return TextRecognizer(self._threads)

    @cached_property
    def model(self) -> "SheetModel":
        """The labeller's weights and sentence encoder, loaded on first use."""
        from chalklens.labelling.model_files import load_model

        return load_model(self._weights)

    def warm(self, call: Call) -> Reply:
        """Load the reader, and use it once: the first use is the slowest."""
        blank = unpack_picture(_BLANK, bytes([255]) * (64 * 64 * 3))
        self.recognizer.read(blank)
        return {"reader": self.recognizer.reader}, []

    def read(self, call: Call) -> Reply:
        """Read a picture."""
        return dump_reading(self._read(_unpack(call))), []

    def label(self, call: Call) -> Reply:
        """Label a picture from its text, which is read unless it comes along, and its look."""
        from chalklens.labelling.observations import Page

        picture, known = _unpack(call), call.fields.get("reading")
        reading = load_reading(known) if known else self._read(picture)
        [labels] = self.model.label([Page(picture, reading)])
        fields = {"reading": dump_reading(reading), "labels": dump_labels(labels)}
        return {**fields, **self._identity()}, []

    def _identity(self) -> dict[str, str]:
        model = self.model
        return {"model": model.name, "revision": model.revision, "ontology": model.ontology}

    def _read(self, picture: Picture) -> TextReading:
        """Return the text of a picture, recognised unless that was done lately."""
        key = make_key(self.recognizer.reader, picture)
        reading = self._recent.get(key)
        if reading is None:
            reading = self.recognizer.read(picture)
            self._recent.add(key, reading)  # only here: what failed leaves nothing behind
            if len(picture.pixels) > LARGE_PICTURE_BYTES:
                return_freed_memory()
        return reading


def _unpack(call: Call) -> Picture:
    fields = {name: value for name, value in call.fields.items() if name != "reading"}
    return unpack_picture(fields, call.blobs[0])


def return_freed_memory() -> None:
    """Give the C heap's free pages back to the system, where the C library can (glibc).

    The detector needs 300 MB for a large page; without this the heap keeps them.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


_BLANK = {
    "name": "blank",
    "sha256": "",
    "mime_type": "image/png",
    "width_px": 64,
    "height_px": 64,
    "pixels_width_px": 64,
    "pixels_height_px": 64,
}


def serve(port: Port) -> None:
    """Answer calls until the parent goes away."""
    weights = Path(os.environ.get(WEIGHTS_VARIABLE) or WEIGHTS)
    worker = SheetWorker(weights, int(os.environ.get(THREADS_VARIABLE) or 2))
    operations = {"warm": worker.warm, "read": worker.read, "label": worker.label}
    serve_operations(port, operations, when_idle=return_freed_memory)
