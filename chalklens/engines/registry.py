"""From a configuration to an engine, without loading anything.

How it is used: `create_engine(config, encode)` in `server/parts.py`. A model that is named but missing
still gives a local engine: its folder may appear later, and each call says what is wrong until then.
The same holds for an endpoint that does not answer. What it leaves out: the engines themselves.
"""

from dataclasses import replace

from chalklens.engines.absent import AbsentEngine
from chalklens.engines.configuration import EngineConfig
from chalklens.engines.endpoint import parse_endpoint
from chalklens.engines.local import LocalEngine
from chalklens.engines.models import find_strongest
from chalklens.engines.remote import Encode, RemoteEngine
from chalklens.errors import InputError
from chalklens.protocols import Engine


def create_engine(config: EngineConfig, encode: Encode) -> Engine:
    """Choose the engine: `none`, an endpoint, the strongest model at hand for `auto`, or the one named.

    Raises:
        InputError: The model is an address that cannot be used, or is to be loaded in 4 bits there.
    """
    if config.model == "none":
        return AbsentEngine("The vision-language model is switched off (--model none).")
    if endpoint := parse_endpoint(config.model):
        if config.quantize != "none":
            raise InputError(
                f"{endpoint.host} decides how its model is quantised, not --quantize.",
                "Leave --quantize out.",
            )
        return RemoteEngine(config, endpoint, encode)
    if config.model != "auto":
        return LocalEngine(config)
    found = find_strongest(config.model_folders)
    return LocalEngine(replace(config, model=found.name)) if found else AbsentEngine()
