"""Descriptors 0 and 1 belong to the protocol: moved away before anything can print.

How it is used: the front door calls `claim_standard_streams` before the first import that could
write to stdout, C libraries included; the stdio transport calls it again and gets the same two
descriptors. From then on descriptor 0 is /dev/null and descriptor 1 is stderr, for us and for every
child that inherits them.

`open_missing_streams` comes before all else: a process can be started with some of the three closed, and
the next file it opened would then be its stdin or stdout.

What it leaves out: giving them back. Whoever claims them serves until the process ends.
"""

import contextlib
import fcntl
import os
import sys
from typing import NamedTuple


class Wire(NamedTuple):
    """The descriptors the client is at the other end of; not inherited by children."""

    source: int
    sink: int


_claimed: list[Wire] = []


def open_missing_streams() -> None:
    """Give standard streams that are closed to the null device: reads end, writes go nowhere."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
            os.set_inheritable(descriptor, True)
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(descriptor, "w", encoding="utf-8", closefd=False))


def claim_standard_streams() -> Wire:
    """Move stdin and stdout away, once; later calls return what the first one got."""
    if not _claimed:
        _claimed.append(Wire(_move_away(0), _move_away(1)))
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        os.close(null)
        with contextlib.suppress(OSError):  # started without a stderr: prints go nowhere
            os.dup2(2, 1)
    return _claimed[0]


def _move_away(descriptor: int) -> int:
    """Duplicate to a number above the three standard ones, even where one of those is closed."""
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 3)
