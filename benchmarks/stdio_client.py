"""A client for measuring: JSON-RPC lines written by hand, so that the server's time is what counts.

How it is used:

    with StdioServer(OURS) as server:
        server.initialize()
        tools = server.request("tools/list")

`OURS` and `BARE` are the two servers that are compared. What it leaves out: everything a real client
does; several requests at a time are possible with `send` and `receive`.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parent / "knowledge_base" / "examples"
BARE = [sys.executable, str(HERE / "bare_server.py")]
OURS = [sys.executable, "-P", "-m", "chalklens", "serve", "--model", "none"]
PROTOCOL = "2025-11-25"  # the newest revision that has `ping`
JOB_POLL_S = 0.5
CLIENT = {"name": "benchmark", "version": "0"}


class StdioServer:
    """A server process and the pipe to it."""

    def __init__(self, command: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._last_id = 0
        self._early: dict[int, dict[str, Any]] = {}

    def __enter__(self) -> "StdioServer":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)

    def initialize(self) -> None:
        """Make the handshake."""
        self.request("initialize", protocolVersion=PROTOCOL, capabilities={}, clientInfo=CLIENT)
        self._write({"method": "notifications/initialized"})

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool and wait; a failed call ends the benchmark."""
        result = self.request("tools/call", name=tool, arguments=arguments)
        if result.get("isError"):
            raise SystemExit(f"{tool} failed: {result['content']}")
        return result

    def finish(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool and return its structured answer, failed or not; a job is waited for."""
        result = self.request("tools/call", name=tool, arguments=arguments)
        answer: dict[str, Any] = result["structuredContent"]
        while answer["status"] == "running":
            time.sleep(JOB_POLL_S)
            job = {"action": "job", "job_id": answer["job_id"]}
            found = self.request("tools/call", name="server_status", arguments=job)
            state: dict[str, Any] = found["structuredContent"]
            answer = answer if state["status"] == "running" else state.get("result") or state
        return answer

    def request(self, method: str, **params: Any) -> dict[str, Any]:
        """Send and wait."""
        return self.receive(self.send(method, **params))

    def send(self, method: str, **params: Any) -> int:
        """Send a request and return its id."""
        self._last_id += 1
        self._write({"id": self._last_id, "method": method, "params": params})
        return self._last_id

    def receive(self, id_: int) -> dict[str, Any]:
        """Wait for the answer to one request; others are kept."""
        assert self.process.stdout is not None
        while id_ not in self._early:
            line = self.process.stdout.readline()
            if not line:
                raise SystemExit("The server ended without an answer.")
            answer = json.loads(line)
            if "id" in answer:
                self._early[answer["id"]] = answer
        answer = self._early.pop(id_)
        if "error" in answer:
            raise SystemExit(f"The server answered with an error: {answer['error']}")
        return answer["result"]

    def has_answered(self, id_: int) -> bool:
        """Whether an answer has come while others were waited for."""
        return id_ in self._early

    def _write(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        line = json.dumps({"jsonrpc": "2.0", **message}) + "\n"
        self.process.stdin.write(line.encode())
        self.process.stdin.flush()


def time_request(server: StdioServer, method: str, **params: Any) -> float:
    """Return the seconds until the answer."""
    start = time.perf_counter()
    server.request(method, **params)
    return time.perf_counter() - start


def show(name: str, seconds: Sequence[float]) -> float:
    """Write median, least and most in milliseconds; return the median in seconds."""
    middle = statistics.median(seconds)
    low, high = min(seconds) * 1000, max(seconds) * 1000
    write(f"{name:44} median {middle * 1000:8.1f} ms   {low:.1f} to {high:.1f}   n={len(seconds)}")
    return middle


def write(line: str) -> None:
    """Write one line of the report."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
