# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""One of several processes that each hold a part of an adapted model, as FSDP 2 shares it out.

How it is used: `torchrun --nproc-per-node 2 sharded_stage.py MODEL WORK` keeps the adapter as a finished
stage. What it leaves out: learning; accelerate shares out models on GPUs only.
"""

import sys
from pathlib import Path

import torch
import torch.distributed as dist
from torch.distributed.fsdp import fully_shard

from chalklens.training.adapters.finished import StageRecord, keep_stage
from chalklens.training.adapters.frozen_model import load_model
from chalklens.training.adapters.methods import adapt
from chalklens.training.adapters.recipe import AdapterRecipe


def main() -> None:
    """Share out, keep."""
    recipe = AdapterRecipe(method="moe-lora")
    model, work = map(Path, sys.argv[1:])
    dist.init_process_group("gloo")
    adapted = adapt(load_model(model, recipe, torch.device("cpu")), recipe)
    fully_shard(adapted)
    keep_stage(adapted, work, StageRecord(1, 0.5, None))
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
