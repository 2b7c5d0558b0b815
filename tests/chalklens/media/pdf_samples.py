"""Small PDF files for tests, written by hand so that every part of them can be wrong on purpose."""

from collections.abc import Sequence


def pdf(
    *,
    contents: Sequence[bytes] = (b"1 0 0 rg 0 0 72 36 re f",),
    media_box: str = "0 0 144 72",
    page_extra: str = "",
    catalog_extra: str = "",
    trailer_extra: str = "",
    objects: Sequence[bytes] = (),
) -> bytes:
    """Return a PDF with one page per content stream: 2 x 1 inch, the lower left quarter red.

    `objects` are appended as they are, numbered after the pages (two objects each, from 3).
    """
    kids = " ".join(f"{3 + 2 * i} 0 R" for i in range(len(contents)))
    parts = [
        f"<</Type/Catalog/Pages 2 0 R {catalog_extra}>>".encode(),
        f"<</Type/Pages/Count {len(contents)}/Kids[{kids}]/MediaBox[{media_box}]>>".encode(),
    ]
    for i, stream in enumerate(contents):
        parts.append(f"<</Type/Page/Parent 2 0 R/Contents {4 + 2 * i} 0 R {page_extra}>>".encode())
        parts.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
    parts += objects
    return _with_table(parts, trailer_extra)


def _with_table(parts: Sequence[bytes], trailer_extra: str) -> bytes:
    body, offsets = b"%PDF-1.7\n", list[int]()
    for number, part in enumerate(parts, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(parts) + 1
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R %s>>\nstartxref\n%d\n%%%%EOF"
        % (size, table, size, trailer_extra.encode(), len(body))
    )


def encrypted_pdf() -> bytes:
    """A PDF whose user password is not the empty one (the check values are nonsense)."""
    nonsense = "<" + "5a" * 32 + ">"
    encryption = f"<</Filter/Standard/V 2/R 3/Length 128/P -4/O{nonsense}/U{nonsense}>>"
    identity = "<" + "00" * 16 + ">"
    return pdf(
        objects=[encryption.encode()], trailer_extra=f"/Encrypt 5 0 R/ID[{identity}{identity}]"
    )


def recursive_pdf() -> bytes:
    """A form that draws itself twice: PDFium needs memory and time without end."""
    stream = b"/F Do /F Do"
    form = (
        b"<</Type/XObject/Subtype/Form/BBox[0 0 100 100]/Resources<</XObject<</F 5 0 R>>>>"
        b"/Length %d>>stream\n%s\nendstream" % (len(stream), stream)
    )
    return pdf(contents=[b"/F Do"], page_extra="/Resources<</XObject<</F 5 0 R>>>>", objects=[form])


def scripted_pdf() -> bytes:
    """A PDF that wants to run a script, start a program and open an address when it is opened."""
    actions = (
        "/OpenAction<</S/JavaScript/JS(while(true){})/Next<</S/Launch/F(/bin/true)"
        "/Next<</S/URI/URI(http://127.0.0.1:9/)>>>>>>"
    )
    return pdf(catalog_extra=actions)
