"""The queue before an engine: bounded, fair between principals, in waves.

How it is used:

    async with queue.admit(principal) as place:   # BusyError at once when full
        ...                                       # load the model if need be
        together = await place.turn()             # BusyError after the wait limit
        ...                                       # generate

A wave is what the engine may generate side by side. The next wave starts when the last one is
done; it takes one place of each principal in turn, so that a newcomer waits for the running wave
and no longer, however much others have queued. A `rolling` wave is filled up whenever a place comes
free: for engines that let requests join a running batch. What it leaves out: what the work is.
"""

import asyncio
import math
import time
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field
from types import TracebackType

from chalklens.errors import BusyError, WorkerError


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """Places in the queue, places for one principal, seconds to wait, size and kind of a wave."""

    waiting: int = 32
    per_principal: int = 8
    wait_limit_s: float = 60.0
    wave: int = 4
    rolling: bool = False


@dataclass(eq=False, slots=True)
class Place:
    """One admitted request; an async context manager."""

    queue: "FairQueue"
    principal: str
    granted: asyncio.Future[int] | None = None
    started_s: float | None = None
    _left: bool = field(default=False, init=False)

    async def turn(self) -> int:
        """Wait until it is our turn; return how many start together.

        Raises:
            BusyError: The wait limit passed.
        """
        return await self.queue.wait(self)

    async def __aenter__(self) -> "Place":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._left:
            self._left = True
            self.queue.leave(self)


class FairQueue:
    """Admission and order for one engine."""

    def __init__(self, limits: QueueLimits) -> None:
        self.limits = limits
        self._admitted: Counter[str] = Counter()
        self._lines: OrderedDict[str, deque[Place]] = OrderedDict()
        self._running: set[Place] = set()
        self._scheduled = False
        self._mean_s = 1.0

    @property
    def waiting(self) -> int:
        """Requests admitted that do not run yet."""
        return self._admitted.total()

    @property
    def running(self) -> int:
        """Requests of the present wave."""
        return len(self._running)

    def admit(self, principal: str) -> Place:
        """Take a place in the queue.

        Raises:
            BusyError: All places are taken, or all of this principal's.
        """
        mine = self._admitted[principal]
        if self.waiting >= self.limits.waiting:
            raise self._busy(f"All {self.limits.waiting} places in the queue are taken.")
        if mine >= self.limits.per_principal:
            raise self._busy(f"You have {mine} requests waiting, which is the limit.")
        self._admitted[principal] += 1
        return Place(self, principal)

    async def wait(self, place: Place) -> int:
        """Stand in line for the next wave."""
        place.granted = asyncio.get_running_loop().create_future()
        self._lines.setdefault(place.principal, deque()).append(place)
        self._schedule()
        try:
            async with asyncio.timeout(self.limits.wait_limit_s):
                return await place.granted
        except TimeoutError:
            raise self._busy(f"No turn came up within {self.limits.wait_limit_s:g} s.") from None

    def leave(self, place: Place) -> None:
        """Give a place back, from wherever it is."""
        if place in self._running:
            self._running.remove(place)
            self._learn(time.monotonic() - (place.started_s or time.monotonic()))
        else:
            self._dismiss(place)
        self._schedule()

    def close(self) -> None:
        """Turn everybody away who still waits."""
        for line in self._lines.values():
            for place in line:
                if place.granted and not place.granted.done():
                    place.granted.set_exception(WorkerError("The engine is shut down."))

    def _dismiss(self, place: Place) -> None:
        self._admitted[place.principal] -= 1
        line = self._lines.get(place.principal, deque())
        if place in line:
            line.remove(place)

    def _schedule(self) -> None:
        """Start a wave soon: requests that arrive in the same instant go together."""
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._start_wave)

    def _start_wave(self) -> None:
        self._scheduled = False
        if self._running and not self.limits.rolling:
            return
        free, wave = self.limits.wave - len(self._running), list[Place]()
        while len(wave) < free and (place := self._next()):
            wave.append(place)
        for place in wave:
            self._running.add(place)
            self._admitted[place.principal] -= 1
            place.started_s = time.monotonic()
            if place.granted:
                place.granted.set_result(len(wave))

    def _next(self) -> Place | None:
        """Take the first of the principal whose turn it is; that principal goes to the back."""
        for principal in list(self._lines):
            line = self._lines.pop(principal)
            while line and line[0].granted and line[0].granted.done():
                line.popleft()  # gave up, and has not left yet
            if not line:
                continue
            place = line.popleft()
            self._lines[principal] = line
            return place
        return None

    def _learn(self, seconds: float) -> None:
        self._mean_s += 0.2 * (seconds - self._mean_s)

    def _busy(self, message: str) -> BusyError:
        waves = 1 + self.waiting / self.limits.wave
        return BusyError(message, f"Retry after {math.ceil(max(1.0, waves * self._mean_s))} s.")
