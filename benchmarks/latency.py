"""Latency over stdio: `server_status` next to a bare server's echo, and `ping` during work.

How it is used: `python benchmarks/latency.py [-n 600] [--model ID]`. With a model, `ping` is measured
while an answer is generated; always, while sheets are labelled. What it leaves out: HTTP, and load
by many clients.
"""

import argparse

from stdio_client import BARE, EXAMPLES, OURS, StdioServer, show, time_request, write

SHEET = "addition_within_20.png"
OTHER_SHEET = "bar_graph.png"  # the text of a sheet labelled before is not recognised again
QUESTION = "Describe everything on this sheet, in as many words as you can."
BATCH = 20
WARM_UP = 20


def compare_calls(calls: int) -> None:
    """Alternate batches of calls between both servers."""
    no_arguments: dict[str, str] = {}
    ours_arguments = {"name": "server_status", "arguments": no_arguments}
    bare_arguments = {"name": "echo", "arguments": {"text": "hello"}}
    with StdioServer(BARE) as bare, StdioServer([*OURS, "--root", str(EXAMPLES)]) as ours:
        for server in (bare, ours):
            server.initialize()
        ours.call("label_worksheet", image=SHEET)  # warm-up is over when this answers
        times: dict[str, list[float]] = {"bare": [], "ours": []}
        for batch in range(-WARM_UP // BATCH, calls // BATCH):
            for name, server, arguments in (
                ("bare", bare, bare_arguments),
                ("ours", ours, ours_arguments),
            ):
                took = [time_request(server, "tools/call", **arguments) for _ in range(BATCH)]
                times[name] += took if batch >= 0 else []
    floor = show("bare SDK server, echo", times["bare"])
    status = show("chalklens, server_status", times["ours"])
    write(f"ratio of medians {status / floor:.2f}")


def ping_during(server: StdioServer, what: str, tool: str, **arguments: object) -> None:
    """Ping until the call has its answer."""
    call = server.send("tools/call", name=tool, arguments=arguments)
    times: list[float] = []
    while not server.has_answered(call):
        times.append(time_request(server, "ping"))
    server.receive(call)
    show(f"ping while {what}", times)
    write(f"{'slowest':44} {max(times) * 1000:15.1f} ms")


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=600, help="calls of each server")
    parser.add_argument("--model", default="none", help="Qwen3-VL to generate with")
    options = parser.parse_args()
    compare_calls(options.n)
    command = [*OURS, "--root", str(EXAMPLES), "--model", options.model]
    with StdioServer(command) as server:
        server.initialize()
        ping_during(server, "the worker starts and labels", "label_worksheet", image=SHEET)
        ping_during(server, "a sheet is labelled", "label_worksheet", image=OTHER_SHEET)
        if options.model == "none":
            write("ping while generating: not measured, no --model")
            return
        server.call("analyze_image", images=[SHEET], question="Hello?")  # loads the model
        ping_during(server, "generating", "analyze_image", images=[SHEET], question=QUESTION)


if __name__ == "__main__":
    main()
