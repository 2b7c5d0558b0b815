"""Where a passage stands, as results cite it: the link to its page or part, and lengths of the rest.

How it is used: `link_to(hit.document, hit.page, hit.start)`; the resources are in
`server/document_resources.py`. What it leaves out: what the passage says (`boundaries.py`).
"""

DOCUMENT_URI = "chalklens://knowledge/"
MAX_LINE_CHARS = 200
MAX_SOURCE_CHARS = 300
PART_CHARS = 30_000
"""Of one part of a document as a resource: about 8,000 tokens of English, 20,000 of Chinese."""


def link_to(document: str, page: int | None, start: int = 0) -> str:
    """URI of the resource with a page, or with the part of a document that character is in."""
    if page:
        return f"{DOCUMENT_URI}{document}/{page}"
    part = start // PART_CHARS * PART_CHARS
    return f"{DOCUMENT_URI}{document}" + (f"?start={part}" if part else "")
