"""Where the fonts of drawn pages are: files in packages of the extra `train`.

How it is used: `find_font_file("font_manrope", "Manrope-Bold.ttf")`. What it leaves out: loading
them, which the pages (`worksheets/style.py`) and the refused pictures (`negatives/lettering.py`) do.
"""

from importlib.util import find_spec
from pathlib import Path

from chalklens.errors import UnavailableError


def find_font_file(package: str, name: str) -> Path:
    """Return the path of a font file of a package.

    Raises:
        UnavailableError: The package is not installed, or has no such file.
    """
    spec = find_spec(package)
    file = Path(spec.origin).parent / "files" / name if spec and spec.origin else None
    if file is None or not file.is_file():
        raise UnavailableError(
            f"The font {name} for drawing pages is not installed.",
            "The extra `train` has all of them: pip install 'chalklens[train]'",
        )
    return file
