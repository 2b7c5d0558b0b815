# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""The tuner, and how PEFT learns of it.

How it is used: `register_moe_lora()` before `get_peft_model` or `PeftModel.from_pretrained`. PEFT looks
methods up in dictionaries by name; `register_peft_method` would want a member of its `PeftType`, which
only PEFT can add, so the entries are made here. What it leaves out: mixing with other methods.
"""

from typing import Any

from peft import PEFT_TYPE_TO_CONFIG_MAPPING, PEFT_TYPE_TO_TUNER_MAPPING
from peft.mapping import PEFT_TYPE_TO_PREFIX_MAPPING
from peft.tuners.tuners_utils import BaseTuner
from torch import nn

from chalklens.engines.moe_lora.config import MOE_LORA, MoeLoraConfig
from chalklens.engines.moe_lora.layer import MoeLoraLayer, MoeLoraLinear
from chalklens.engines.moe_lora.ledger import RoutingLedger
from chalklens.errors import InputError

PREFIX = "moelora_"


class MoeLoraModel(BaseTuner):
    """Puts a mixture beside every target and a ledger on the model."""

    prefix = PREFIX
    tuner_layer_cls = MoeLoraLayer
    target_module_mapping: dict[str, list[str]] = {}  # noqa: RUF012 - PEFT's declaration

    def _pre_injection_hook(self, model: nn.Module, config: Any, adapter_name: str) -> None:
        self.ledger = RoutingLedger()
        self.ledger.attach(model, config)

    def _create_and_replace(
        self,
        peft_config: Any,
        adapter_name: str,
        target: nn.Module,
        target_name: str,
        parent: nn.Module,
        current_key: str,
        parameter_name: str | None = None,
    ) -> None:
        if isinstance(target, MoeLoraLinear):
            target.update_layer(adapter_name, peft_config)
            return
        if not isinstance(target, nn.Linear):
            raise InputError(
                f"{current_key} is no linear layer but {type(target).__name__}.",
                "Write the target longer, e.g. attn.proj instead of proj.",
            )
        layer = MoeLoraLinear(target, current_key, adapter_name, peft_config, self.ledger)
        if adapter_name not in self.active_adapters:
            layer.requires_grad_(False)
        self._replace_module(parent, target_name, layer, target)


def register_moe_lora() -> None:
    """Make the method known to PEFT; a second call changes nothing."""
    names: Any = (
        (PEFT_TYPE_TO_CONFIG_MAPPING, MoeLoraConfig),
        (PEFT_TYPE_TO_TUNER_MAPPING, MoeLoraModel),
        (PEFT_TYPE_TO_PREFIX_MAPPING, PREFIX),
    )
    for mapping, value in names:
        mapping[MOE_LORA] = value


def find_ledger(model: nn.Module) -> RoutingLedger | None:
    """The ledger of an adapted model; None for other methods."""
    tuners = (part for part in model.modules() if isinstance(part, MoeLoraModel))
    found = next(tuners, None)
    return None if found is None else found.ledger
