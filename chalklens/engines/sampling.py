"""From a task's parameters to what transformers' `generate` takes.

How it is used: `generation_config(parameters, ...)` and, where the task has one,
`PresencePenalty`. What it leaves out: the numbers themselves (`parameters.py`).
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from collections.abc import Sequence

import torch
from transformers import GenerationConfig, LogitsProcessor

from chalklens.engines.parameters import GenerationParameters


def generation_config(
    parameters: GenerationParameters, max_new_tokens: int, stop_ids: Sequence[int], pad_id: int
) -> GenerationConfig:
    """Build the configuration of one generation; greedy when the temperature is 0."""
    sampling = {}
    if parameters.sampled:
        sampling = {
            "temperature": parameters.temperature,
            "top_p": parameters.top_p,
            "top_k": parameters.top_k,
        }
    return GenerationConfig(
        do_sample=parameters.sampled,
        max_new_tokens=max_new_tokens,
        eos_token_id=list(stop_ids),
        pad_token_id=pad_id,
        num_beams=1,
        use_cache=True,
        **sampling,
    )


class PresencePenalty(LogitsProcessor):
    """Lowers the score of every token already in the answer, once each.

    The penalty of OpenAI's API, which Qwen recommends and transformers does not have; prompt tokens
    do not count. Scores are (rows, vocabulary).
    """

    def __init__(self, penalty: float, prompt_tokens: int) -> None:
        self._penalty, self._prompt_tokens = penalty, prompt_tokens

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Subtract the penalty where a token occurred."""
        answer = input_ids[:, self._prompt_tokens :]
        lowered = scores.gather(1, answer) - self._penalty
        return scores.scatter(1, answer, lowered)
