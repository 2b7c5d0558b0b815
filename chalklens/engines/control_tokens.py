"""Text that a tokenizer elsewhere would take for a turn, a picture or a thought.

How it is used: `defuse(prompt)` before a prompt is sent to an engine that only takes text. Nobody
can then write turns or picture places with words, neither a user nor a page that was read. Local
models need none of it: their tokenizer is told to read control tokens as plain text
(`prompts.py`). What it leaves out: instructions in plain words; tokens of other families.

Source: added tokens of Qwen3-VL's tokenizer_config.json.
"""

import re

_TOKEN = re.compile(r"<(?=\|[^<>|\s]{1,40}\|>|/?(?:think|tool_call|tool_response)>)")


def defuse(text: str) -> str:
    """Put a space into each control token: `<|im_end|>` becomes `< |im_end|>`."""
    return _TOKEN.sub("< ", text)
