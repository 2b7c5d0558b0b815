# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
"""A PDF's bytes to a PDFium document, or to a reason why not.

How it is used: `open_pdf(data, hint)` in a child process that decodes or loads; whoever opens closes.
What it leaves out: passwords, and everything that happens to an open document.
"""

from typing import Any

from chalklens.errors import MediaError


def open_pdf(data: bytes, hint: str) -> Any:
    """Return a `pypdfium2.PdfDocument`.

    Args:
        data: The file.
        hint: What to do about a file that cannot be opened.

    Raises:
        MediaError: It needs a password, or is damaged.
    """
    import pypdfium2
    from pypdfium2 import raw

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise MediaError("The PDF needs a password.", "Save a copy without one.") from None
        if error.err_code == raw.FPDF_ERR_SECURITY:
            raise MediaError("The PDF is encrypted in an unsupported way.", hint) from None
        raise MediaError("The PDF cannot be opened: it is damaged or cut off.", hint) from None
