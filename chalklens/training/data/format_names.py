"""The names that the command line offers, in a module that costs nothing to import.

How it is used: `Format` and `FORMATS` by `formats.py` and the command; `DEFAULT_PROMPT` before
captions. What it leaves out: what the names mean (`formats.py`).
"""

from typing import Final, Literal, get_args

Format = Literal[
    "coco",
    "coco-csv",
    "hf",
    "modelscope",
    "worksheets",
    "ontology",
    "sharegpt",
    "llava",
    "qwen",
    "documents",
]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
FormatOrAuto = Literal["auto", Format]
Task = Literal["labels", "questions"]
TasksChoice = Literal["both", Task]
TASKS: Final[tuple[Task, ...]] = get_args(Task)
OnError = Literal["skip", "stop"]
DEFAULT_PROMPT: Final = "Describe this picture in one sentence."
