"""The register of templates: functions that draw on a canvas and return the labels of what they drew.

How it is used: `@template` in a family module (`numbers_*`, `operations_*`, `geometry_*` ...) puts the
function into `TEMPLATES`, under its name; `catalogue` imports the families. What it leaves out: making
sheets of them (`sheet`).
"""

import random
from collections.abc import Callable

from chalklens.training.worksheets.canvas import Canvas

Template = Callable[[Canvas, random.Random], frozenset[str]]
TEMPLATES: dict[str, Template] = {}


def template(function: Template) -> Template:
    """Register a template under its function's name."""
    name = function.__name__
    if name in TEMPLATES and TEMPLATES[name].__module__ != function.__module__:
        raise ValueError(f"two templates are called {name}")
    TEMPLATES[name] = function
    return function
