"""All templates: importing this module registers every family.

How it is used: `names()` lists them. A family is a module of this package whose name starts with its
subject. What it leaves out: drawing them (`sheet.render_sheet`).
"""

import importlib
import pkgutil

from chalklens.training import worksheets
from chalklens.training.worksheets.templates import TEMPLATES

FAMILIES = (
    "numbers",
    "operations",
    "fractions",
    "geometry",
    "measurement",
    "time",
    "money",
    "data",
)


def names() -> tuple[str, ...]:
    """The names of all templates, sorted."""
    return tuple(sorted(TEMPLATES))


for _module in sorted(module.name for module in pkgutil.iter_modules(worksheets.__path__)):
    if _module.split("_")[0] in FAMILIES:
        importlib.import_module(f"{worksheets.__name__}.{_module}")
