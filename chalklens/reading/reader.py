"""The reader that the server uses: hands a picture to the sheet worker and waits.

How it is used: `WorkerReader(worker)` where the worker serves the operation `read`
(`chalklens.labelling.worker`). What it leaves out: recognition itself (`recognizer.py`).
"""

from chalklens.media.wire import pack_picture
from chalklens.reading.wire import load_reading
from chalklens.types import Picture, TextReading
from chalklens.workers.pool import Caller

READ_TIMEOUT_S = 60.0


class WorkerReader:
    """A `Reader` whose work is done in a worker process."""

    def __init__(self, worker: Caller, timeout_s: float = READ_TIMEOUT_S) -> None:
        self._worker = worker
        self._timeout_s = timeout_s

    async def read(self, picture: Picture) -> TextReading:
        """Return all lines in reading order.

        Raises:
            TimeLimitError: Reading took longer than the limit.
            WorkerError: The worker died; the next call starts a new one.
        """
        fields, blob = pack_picture(picture)
        reply = await self._worker.call("read", fields, [blob], timeout_s=self._timeout_s)
        return load_reading(reply.fields)
