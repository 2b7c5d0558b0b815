"""Plain text and logs: the text itself, a form feed begins a page.

How it is used: `load_text(text, limits)`. What it leaves out: headings; plain text has none that can be
told apart.
"""

from retrieval.loaders.draft import Draft, DraftBuilder
from retrieval.loaders.limits import LoadLimits

MIN_PAGES = 2


def load_text(text: str, limits: LoadLimits) -> Draft:
    """Return the text, in pages where form feeds part it (as in RFCs and printed listings).

    Raises:
        MediaError: Over a limit.
    """
    builder = DraftBuilder(limits)
    pages = text.split("\f")
    is_paged = MIN_PAGES <= len(pages) <= limits.pages
    for number, page in enumerate(pages, start=1):
        if is_paged:
            builder.open_page(number)
        builder.add(page)
    return builder.finish()
