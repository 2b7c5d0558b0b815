"""A worker for the tests of the worker processes; started by name, see test_process.py."""

import ctypes
import fcntl
import os
import stat
import sys
import time

from chalklens.errors import MediaError
from chalklens.workers.host import Call, Port, Reply, serve_operations


def echo(call: Call) -> Reply:
    return call.fields, call.blobs


def count(call: Call) -> Reply:
    for number in range(call.fields["to"]):
        call.emit({"number": number}, [b"x" * number])
    return {"counted": call.fields["to"]}, ()


def shout(call: Call) -> Reply:
    """Write to standard output in every way there is."""
    sys.stdout.write("from python\n")
    sys.stdout.flush()
    os.write(1, b"from a descriptor\n")
    ctypes.CDLL(None).puts(b"from C")
    ctypes.CDLL(None).fflush(None)
    return {"stdin": sys.stdin.read()}, ()


def refuse(call: Call) -> Reply:
    raise MediaError("It is broken.", "Mend it.", code="broken")


def crash(call: Call) -> Reply:
    raise ZeroDivisionError("secret detail")


def die(call: Call) -> Reply:
    os._exit(7)


def hang(call: Call) -> Reply:
    call.emit({"pid": os.getpid()})
    while True:
        time.sleep(60)


def flood(call: Call) -> Reply:
    """Send a frame over the limits, one that goes on and on."""
    call.emit({}, [b"x" * 200_000])
    pipes = (descriptor for descriptor in range(3, 20) if _is_pipe_to_write(descriptor))
    for descriptor in pipes:
        os.write(descriptor, b"\xff" * 10_000_000)
    return {}, ()


def _is_pipe_to_write(descriptor: int) -> bool:
    try:
        mode, flags = os.fstat(descriptor).st_mode, fcntl.fcntl(descriptor, fcntl.F_GETFL)
    except OSError:
        return False
    return stat.S_ISFIFO(mode) and flags & os.O_ACCMODE == os.O_WRONLY


def wait_for_cancel(call: Call) -> Reply:
    call.emit({"waiting": True})
    while not call.cancelled:
        time.sleep(0.005)
    return {}, ()


def serve_and_rest(port: Port) -> None:
    """Count how often there was nothing to do."""
    rests: list[int] = []

    def ask(call: Call) -> Reply:
        return {"rests": len(rests)}, ()

    operations = {"ask": ask}
    serve_operations(port, operations, when_idle=lambda: rests.append(1), idle_s=0.01)


def serve(port: Port) -> None:
    def babble(call: Call) -> Reply:
        """Send a frame that is sound but means nothing."""
        port.send({"event": "result"})
        return wait_for_cancel(call)

    operations = (babble, echo, count, shout, refuse, crash, die, hang, flood, wait_for_cancel)
    serve_operations(port, {operation.__name__: operation for operation in operations})
