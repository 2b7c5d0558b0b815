import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import psutil
import pytest

from server.lifecycle import Graces, Stop, Supervisor

GONE_S = 10
HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "0"},
}

# A server with a tool that blocks a thread, a child process, and prints wherever one can print.
SERVER = """
import os, subprocess, sys, time
from chalklens.standard_streams import claim_standard_streams
claim_standard_streams()
print("printed while importing", flush=True)
os.write(1, b"written by a C library")
from mcp.server import MCPServer
from server.settings import Settings
from server.transports import serve
mcp = MCPServer("test", log_level="ERROR")
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])

@mcp.tool()
def block(seconds: float) -> str:
    print("printed by a tool", flush=True)
    os.system("echo printed by a child")
    sys.stderr.write("blocking\\n")
    time.sleep(seconds)
    return "done"

@mcp.tool()
def chatter() -> str:
    sys.stderr.write("chattering\\n")
    print("still in a buffer")
    os.write(1, b"x" * 1_000_000)
    return "done"

async def close() -> None:
    child.kill()
    sys.stderr.write("closed\\n")

serve(mcp, Settings(_env_file=None), close)
"""


@pytest.fixture(autouse=True)
def _signals_as_from_a_terminal() -> Generator[None]:  # pyright: ignore[reportUnusedFunction] - pytest's
    """What a shell starts in the background ignores SIGINT, and under nohup SIGHUP; so do its children."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGHUP)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class Running:
    """The server above, and a client of it."""

    def __init__(self, *, parent: str = "") -> None:
        command = [sys.executable, "-c", SERVER]
        if parent:
            command = [sys.executable, "-c", parent, *command]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": ""},  # prints wait in a buffer, as usual
            text=True,
            encoding="utf-8",
        )
        assert self.process.stdin
        assert self.process.stdout
        assert self.process.stderr
        self.stdin, self.stdout = self.process.stdin, self.process.stdout
        self.stderr = self.process.stderr
        self.send(1, "initialize", HELLO)
        assert "result" in json.loads(self.stdout.readline())  # the first line is protocol
        self.family = psutil.Process(self.process.pid).children(recursive=True)
        assert self.family

    def send(self, request_id: int, method: str, params: dict[str, Any]) -> None:
        message = {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}
        self.stdin.write(json.dumps(message) + "\n")
        self.stdin.flush()

    def block_a_thread(self) -> None:
        self.send(2, "tools/call", {"name": "block", "arguments": {"seconds": 600}})
        while self.stderr.readline() != "blocking\n":
            pass

    def end(self) -> int:
        """Wait for the process and what it started; returns the exit code."""
        code = self.process.wait(GONE_S)
        _, alive = psutil.wait_procs(self.family, GONE_S)
        assert alive == []
        return code


@contextmanager
def running(**options: Any) -> Generator[Running, None, None]:
    server = Running(**options)
    try:
        yield server
    finally:
        for pipe in (server.stdin, server.stdout, server.stderr):
            pipe.close()
        for process in server.family:
            if process.is_running():
                process.kill()
        server.process.kill()
        server.process.wait()


def test_the_end_of_input_ends_everything_and_only_protocol_was_on_stdout() -> None:
    with running() as server:
        server.stdin.close()
        assert server.end() == 0
        assert server.stdout.read() == ""
        assert "printed while importing" in (errors := server.stderr.read())
        assert "written by a C library" in errors
        assert "closed" in errors


def test_an_interrupt_ends_a_server_whose_tool_blocks_a_thread() -> None:
    with running() as server:
        server.block_a_thread()
        server.process.send_signal(signal.SIGINT)
        assert server.end() == 128 + signal.SIGINT
        assert all(json.loads(line)["id"] == 2 for line in server.stdout)


def test_the_death_of_the_parent_ends_the_server_although_the_pipe_stays_open() -> None:
    starter = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    with running(parent=starter) as server:
        server.process.kill()
        server.end()


def test_a_client_that_reads_no_answer_and_leaves_ends_the_server() -> None:
    with running() as server:
        for request_id in range(2, 602):  # answers for a full pipe, then more than may be open
            server.send(request_id, "tools/list", {})
        server.stdin.close()
        assert server.end() == 0
        assert "the input ended; answers not written within" in server.stderr.read()


def test_a_client_that_reads_no_answer_cannot_keep_the_server_from_a_signal() -> None:
    with running() as server:
        for request_id in range(2, 602):
            server.send(request_id, "tools/list", {})
        server.process.terminate()
        assert server.end() == 128 + signal.SIGTERM


def test_a_tool_whose_printing_nobody_reads_cannot_keep_the_server() -> None:
    with running() as server:
        server.send(2, "tools/call", {"name": "chatter", "arguments": {}})
        while "chattering" not in server.stderr.readline():
            pass
        server.stdin.close()
        assert server.end() == 0


@pytest.mark.parametrize("code", [0, 128 + signal.SIGTERM])
def test_a_client_that_reads_no_log_is_answered_and_can_end_the_server(code: int) -> None:
    refusals = 2_000  # each is logged: three times what a pipe holds
    with running() as server:
        for _ in range(refusals):
            server.stdin.write("[]\n")
        server.stdin.flush()
        answers = [json.loads(server.stdout.readline()) for _ in range(refusals)]
        assert all("error" in answer for answer in answers)
        if code:
            server.process.terminate()
        server.stdin.close()
        assert server.end() == code


async def _nothing() -> None:
    pass


@pytest.mark.anyio
async def test_a_client_that_leaves_gives_0_and_everything_is_closed() -> None:
    closed: list[bool] = []

    async def main(_: Stop) -> None:
        pass

    async def close() -> None:
        closed.append(True)

    assert await Supervisor().supervise(main, close) == 0
    assert closed == [True]


@pytest.mark.anyio
async def test_a_failure_gives_1_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def main(_: Stop) -> None:
        raise RuntimeError("no lifespan")

    assert await Supervisor().supervise(main, _nothing) == 1
    assert "no lifespan" in caplog.text


@pytest.mark.anyio
async def test_the_first_reason_to_stop_gives_the_code() -> None:
    async def main(stop: Stop) -> None:
        stop(143)
        stop(1)
        await asyncio.Event().wait()

    assert await Supervisor().supervise(main, _nothing) == 143


@pytest.mark.anyio
async def test_what_does_not_end_is_left_behind(caplog: pytest.LogCaptureFixture) -> None:
    released = asyncio.Event()

    async def main(stop: Stop) -> None:
        stop(0)
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue

    graces = Graces(stop_s=0.01, close_s=0.01)
    code = await Supervisor(graces=graces).supervise(main, _nothing)
    released.set()  # before anything can fail: the loop would wait for `main`
    assert code == 0
    assert "left behind" in caplog.text


@pytest.mark.anyio
async def test_a_blocked_loop_is_ended_by_the_watching_thread() -> None:
    ended = threading.Event()

    async def main(stop: Stop) -> None:
        stop(7)
        assert ended.wait(GONE_S)  # blocks the loop

    codes: list[int] = []

    def leave(code: int) -> None:
        codes.append(code)
        ended.set()

    await Supervisor(leave=leave, graces=Graces(all_s=0.01)).supervise(main, _nothing)
    assert codes == [7]


@pytest.mark.anyio
async def test_a_second_interrupt_does_not_wait_for_the_clean_up() -> None:
    codes: list[int] = []

    async def close() -> None:
        os.kill(os.getpid(), signal.SIGINT)

    async def main(_: Stop) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.Event().wait()

    assert await Supervisor(leave=codes.append).supervise(main, close) == 130
    assert codes == [130]


@pytest.mark.anyio
async def test_a_signal_that_is_ignored_stays_ignored_and_the_others_are_given_back() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:

        async def main(_: Stop) -> None:
            os.kill(os.getpid(), signal.SIGHUP)

        assert await Supervisor().supervise(main, _nothing) == 0
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)
