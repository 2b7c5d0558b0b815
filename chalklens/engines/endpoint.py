"""The address of models that run elsewhere: any endpoint that speaks OpenAI's chat completions.

How it is used: `parse_endpoint("http://gpu-box:8000/v1#Qwen/Qwen3-VL-8B-Instruct")` returns an
`Endpoint`, None for what is no address. Without `#NAME` the one model that is served is taken;
without a path, `/v1`. A key comes from `CHALKLENS_ENGINE_API_KEY`, never from the address, which
others can see in the list of processes. What it leaves out: connecting (`remote.py`).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from chalklens.errors import InputError
from chalklens.media.addresses import is_loopback

KEY_VARIABLE = "CHALKLENS_ENGINE_API_KEY"
MAX_NAME_CHARACTERS = 256
FORM = "Write http://host:8000/v1, and #NAME after it where several models are served."


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to ask.

    Attributes:
        url: What paths such as `/models` are added to, without a slash at its end.
        model: The name to ask for; empty takes the only one that is served.
        api_key: Sent as a bearer token; empty where none is needed.
    """

    url: str
    model: str = ""
    api_key: str = field(default="", repr=False)

    @property
    def host(self) -> str:
        """Host and port, for messages."""
        return urlsplit(self.url).netloc

    @property
    def is_on_this_machine(self) -> bool:
        """Pictures and prompts do not leave the machine."""
        return is_loopback(urlsplit(self.url).hostname or "")


def parse_endpoint(name: str, environment: Mapping[str, str] = os.environ) -> Endpoint | None:
    """Read an address; None for the name or folder of a local model.

    Raises:
        InputError: It looks like an address and cannot be used as one, or would send a key unencrypted
            to another machine; the message never repeats credentials.
    """
    if not name.lower().startswith(("http://", "https://")):
        return None
    try:
        parts = urlsplit(name)
        port = parts.port
    except ValueError:
        raise InputError("The address of the model cannot be read.", FORM) from None
    _check_parts(parts)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    netloc = f"{host}:{port}" if port else f"{host}"
    url = f"{parts.scheme}://{netloc}{parts.path.rstrip('/') or '/v1'}"
    model, key = unquote(parts.fragment), environment.get(KEY_VARIABLE, "")
    endpoint = Endpoint(url, model, key)
    if key and parts.scheme == "http" and not endpoint.is_on_this_machine:
        raise InputError(
            f"The key of {KEY_VARIABLE} would go to {endpoint.host} unencrypted.",
            "Use https://, or an SSH tunnel to a port of this machine.",
        )
    return endpoint


def _check_parts(parts: SplitResult) -> None:
    if not parts.hostname:
        raise InputError("The address of the model names no host.", FORM)
    if parts.username or parts.password:
        raise InputError(
            "The address of the model holds a password, which other users of this machine can see.",
            f"Put it into the variable {KEY_VARIABLE}.",
        )
    if parts.query or len(parts.fragment) > MAX_NAME_CHARACTERS:
        raise InputError("The address of the model has parts that are not used.", FORM)
