"""A worker without a model: for the lives of an engine, which cost seconds with a real one.

It loads whatever it is told to; an answer is the numbers from 0 up to its limit of tokens.
"""

from chalklens.workers.host import Call, Port, Reply, serve_operations


def load(call: Call) -> Reply:
    """Be ready at once."""
    return {"device": call.fields["device"], "dtype": call.fields["dtype"], "load_s": 0.1}, ()


def generate(call: Call) -> Reply:
    """Count, one number a token, as long as somebody listens."""
    ids: list[int] = []
    while len(ids) < call.fields["max_new_tokens"] and not call.cancelled:
        ids.append(len(ids))
        call.emit({"text": f"{ids[-1]} ", "token_ids": ids[-1:]})
    text = "".join(f"{number} " for number in ids)
    return {
        "text": text,
        "token_ids": ids,
        "finish_reason": "cancelled" if call.cancelled else "length",
        "prompt_tokens": 3,
    }, ()


def serve(port: Port) -> None:
    """Answer calls until the parent goes away."""
    serve_operations(port, {"load": load, "generate": generate})
