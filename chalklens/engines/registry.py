"""From a configuration to an engine, without loading anything.

How it is used: `create_engine(config)` in `server/parts.py`. A model that is named but missing still
gives a local engine: its folder may appear later, and each call says what is wrong until then. What
it leaves out: remote engines, which get a branch here.
"""

from dataclasses import replace

from chalklens.engines.absent import AbsentEngine
from chalklens.engines.configuration import EngineConfig
from chalklens.engines.local import LocalEngine
from chalklens.engines.models import find_strongest
from chalklens.protocols import Engine


def create_engine(config: EngineConfig) -> Engine:
    """Choose the engine: `none`, the strongest model at hand for `auto`, or the one named."""
    if config.model == "none":
        return AbsentEngine("The vision-language model is switched off (--model none).")
    if config.model != "auto":
        return LocalEngine(config)
    found = find_strongest(config.model_folders)
    return LocalEngine(replace(config, model=found.name)) if found else AbsentEngine()
