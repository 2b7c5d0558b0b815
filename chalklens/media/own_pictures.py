"""The user's own pictures, decoded in this process exactly as the decode worker decodes any other.

How it is used: `open_own_picture(path)` in a training, which shows a model each picture again in every
epoch: the same file gives the pixels that serving gives (first frame, upright, sRGB, on white, 16 bits
as 8). What it leaves out: pictures from strangers, which need a child that can be killed (`decoding.py`).
"""

from pathlib import Path
from typing import TYPE_CHECKING

from chalklens.errors import MediaError
from chalklens.media.decoding import DecodedPicture, DecodeJob, describe_job
from chalklens.media.limits import Limits
from chalklens.media.sniffing import PDF, check_size, sniff

if TYPE_CHECKING:
    from PIL import Image


def open_own_picture(path: Path) -> "Image.Image":
    """Read and decode one file to RGB, with at most the pixels that leave the decode worker.

    Raises:
        OSError: It cannot be opened.
        MediaError: It is no picture, damaged, or over a limit of the server; the message names it.
    """
    from PIL import Image

    with path.open("rb") as file:
        data = file.read(Limits().file_bytes + 1)
    try:
        found = decode_own_picture(data)
    except MediaError as error:
        message = f"The picture {path.name} cannot be read: {error.message}"
        raise MediaError(message, error.hint, code=error.code) from None
    return Image.frombytes("RGB", (found.pixels_width_px, found.pixels_height_px), found.pixels)


def decode_own_picture(data: bytes) -> DecodedPicture:
    """Decode a file that was read already.

    Raises:
        MediaError: It is no picture, damaged, or over a limit of the server.
    """
    from chalklens.media.decoder_pictures import decode_picture

    limits = Limits()
    check_size(len(data), limits.file_bytes)
    job = DecodeJob(data, sniff(data))
    if job.mime_type == PDF:
        raise MediaError("This is a PDF, not a picture.", "Convert its pages to PNG.")
    fields, (pixels,) = decode_picture(data, describe_job(job, limits))
    return DecodedPicture(**fields, pixels=pixels)
