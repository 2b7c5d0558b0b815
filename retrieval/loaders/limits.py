"""How much of a file is loaded, in numbers. Over a limit is an error, never a silent cut.

How it is used: one `LoadLimits` for a process; `IsolatedLoader` sends it to its child. What it leaves
out: the checks, which are next to what they protect.
"""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class LoadLimits:
    """Numbers for one file.

    Attributes:
        file_bytes: PDF, Word, PowerPoint and pictures as stored.
        text_bytes: Anything that is decoded as text.
        part_bytes: One part of a Word or PowerPoint file, unpacked.
        unpacked_bytes: All parts that are read, together.
        parts: Entries in such a file.
        pages: Of a PDF or TIFF, or slides.
        characters: Of the resulting text.
        sections: Headings and pages together.
        rows: Of a table file, or records.
        read_pages: Pages without a text layer that are given to the reader.
        load_s: Wall clock for one file, reading pictures of pages excluded.
        cpu_s: Processor time for the same.
        memory_bytes: Address space of the child.
        waiting: Files that may wait for the child.
    """

    file_bytes: int = 50 * MIB
    text_bytes: int = 32 * MIB
    part_bytes: int = 64 * MIB
    unpacked_bytes: int = 128 * MIB
    parts: int = 20_000
    pages: int = 5_000
    characters: int = 16_000_000
    sections: int = 20_000
    rows: int = 200_000
    read_pages: int = 50
    load_s: float = 60.0
    cpu_s: int = 40
    memory_bytes: int = 1024 * MIB
    waiting: int = 32
