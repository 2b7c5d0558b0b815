# pyright: reportMissingTypeStubs=false
"""The numbers of a mixture of LoRA experts.

How it is used: `MoeLoraConfig(r=8, num_experts=4, top_k=1, target_modules=[...])`; PEFT writes it as
`adapter_config.json`. What it leaves out: which targets exist (`training/adapters/targets.py`).
"""

from dataclasses import dataclass, field

from peft import PeftConfig

from chalklens.engines.configuration import MAX_EXPERTS
from chalklens.errors import InputError

MOE_LORA = "MOELORA"
"""The name of the method in `adapter_config.json`."""


@dataclass
class MoeLoraConfig(PeftConfig):
    """One mixture for every target.

    Attributes:
        r: Rank of one expert.
        lora_alpha: An expert's output is scaled by lora_alpha / r.
        num_experts, top_k: Experts of a layer, and how many of them one token uses.
        lora_dropout: Share of input values dropped before the experts; the router sees all.
        balance_weight: Weight of each layer's load-balancing loss (Switch Transformer, arXiv
            2101.03961, equations 4 to 6), counted from 1, which is perfect balance.
        z_weight: Weight of each layer's router z-loss (ST-MoE, arXiv 2202.08906, equation 5).
        target_modules, exclude_modules: As in PEFT's LoraConfig.
    """

    r: int = field(default=8)
    lora_alpha: float = field(default=16.0)
    num_experts: int = field(default=4)
    top_k: int = field(default=1)
    lora_dropout: float = field(default=0.0)
    balance_weight: float = field(default=0.01)
    z_weight: float = field(default=0.001)
    target_modules: list[str] | set[str] | str | None = field(default=None)
    exclude_modules: list[str] | set[str] | str | None = field(default=None)

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            InputError: One of them is out of range.
        """
        super().__post_init__()
        self.peft_type = MOE_LORA
        if isinstance(self.target_modules, list):
            self.target_modules = set(self.target_modules)
        if isinstance(self.exclude_modules, list):
            self.exclude_modules = set(self.exclude_modules)
        if self.r < 1 or not 1 <= self.num_experts <= MAX_EXPERTS:
            raise InputError(
                f"There is no mixture of {self.num_experts} experts of rank {self.r}.",
                f"Take a rank of 1 or more and 1 to {MAX_EXPERTS} experts.",
            )
        if not 1 <= self.top_k <= self.num_experts:
            raise InputError(
                f"A token cannot use {self.top_k} of {self.num_experts} experts.",
                "Set top_k to a number between 1 and num_experts.",
            )
