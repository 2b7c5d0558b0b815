"""What an endpoint serves, and which of it is meant.

How it is used: `choose_served(listed, endpoint, adapter)` with the rows of `GET /models`. vLLM
lists adapters beside models, with the model they belong to as `parent`. What it leaves out: loading
an adapter into a server that runs: its operator does that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from chalklens.engines.endpoint import Endpoint
from chalklens.errors import ModelError

MAX_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of the endpoint's list; `parent` is the model an adapter belongs to."""

    name: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Served:
    """What to ask for.

    Attributes:
        name: To send as `model`: the adapter's where there is one.
        model: The model that answers, for results; of a path on the machine there, the last part.
    """

    name: str
    model: str


def choose_served(listed: Sequence[Listed], endpoint: Endpoint, adapter: str) -> Served:
    """Find the model that the address names, or the only one, and the adapter on it.

    Raises:
        ModelError: It is not served, or none is named and there are several.
    """
    model = _choose_model(listed, endpoint)
    shown = PurePosixPath(model).name if model.startswith("/") else model
    if not adapter:
        return Served(model, shown)
    if any(row.name == adapter and row.parent == model for row in listed):
        return Served(adapter, shown)
    adapters = [row.name for row in listed if row.parent]
    raise ModelError(
        f"{endpoint.host} serves no adapter {adapter!r} on {model}. {_show('It has', adapters)}",
        "Name one that is served, e.g. with `vllm serve MODEL --enable-lora --lora-modules "
        "NAME=FOLDER`, then `--adapter NAME`.",
        code="adapter_missing",
    )


def _choose_model(listed: Sequence[Listed], endpoint: Endpoint) -> str:
    models = [row.name for row in listed if not row.parent]
    if endpoint.model in models:
        return endpoint.model
    if not endpoint.model and len(models) == 1:
        return models[0]
    if endpoint.model:
        raise ModelError(
            f"{endpoint.host} does not serve {endpoint.model!r}. {_show('It has', models)}",
            f"Write the name as it is listed at {endpoint.url}/models.",
            code="model_missing",
        )
    raise ModelError(
        f"{endpoint.host} serves {len(models)} models. {_show('They are', models)}",
        f"Name the one to use: --model {endpoint.url}#NAME",
        code="model_unnamed",
    )


def _show(verb: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_SHOWN} more" if len(names) > MAX_SHOWN else ""
    return f"{verb} {', '.join(names[:MAX_SHOWN])}{more}." if names else "It has none."
