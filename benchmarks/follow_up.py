"""What a second question about a picture costs: time to the first word, with a model of the user's.

How it is used: `python benchmarks/follow_up.py --model ID_OR_FOLDER [IMAGE] [--questions 3]`. Each
question is asked about the picture, then one about another picture of the same size. The load of the
machine is written too. What it leaves out: quality, and writing, which no question shares with another.
"""

import argparse
import asyncio
import hashlib
import os
from pathlib import Path

from PIL import Image
from stdio_client import EXAMPLES, write

from chalklens.engines.configuration import EngineConfig
from chalklens.engines.local import LocalEngine
from chalklens.types import GenerateRequest, Generation, Picture

QUESTIONS = (
    "How many tasks are on this page?",
    "What is the largest number on it?",
    "Which operation do the tasks practise?",
    "Is there a picture beside the numbers?",
)
ANSWER_TOKENS = 4


def to_picture(image: Image.Image) -> Picture:
    """Take an image as the decoder would give it."""
    pixels = image.convert("RGB").tobytes()
    sizes = (*image.size, pixels, *image.size)
    return Picture("page", hashlib.sha256(pixels).hexdigest(), "image/png", *sizes)


async def ask(engine: LocalEngine, prompt: str, picture: Picture) -> Generation:
    """Ask for a few words."""
    request = GenerateRequest(prompt, (picture,), task="label", max_new_tokens=ANSWER_TOKENS)
    parts = [part async for part in engine.generate(request)]
    assert isinstance(parts[-1], Generation)
    return parts[-1]


async def measure(model: str, image: Image.Image, count: int) -> None:
    """Load the model, ask, and report."""
    engine = LocalEngine(EngineConfig(model=model))
    page, other = to_picture(image), to_picture(image.rotate(180))
    try:
        await ask(engine, "Warm up.", to_picture(image.resize((256, 256))))
        for prompt, picture in [(prompt, page) for prompt in QUESTIONS[:count]] + [
            (QUESTIONS[0], other)
        ]:
            answer = await ask(engine, prompt, picture)
            shared = (await engine.load_figures())["shared_tokens"]
            name = "the same page" if picture is page else "another page"
            write(
                f"{name}: {answer.first_token_s:8.2f} s to the first token, "
                f"{shared} of {answer.prompt_tokens} tokens known"
            )
    finally:
        await engine.close()


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("image", type=Path, nargs="?", default=EXAMPLES / "addition_within_20.png")
    parser.add_argument("--model", required=True)
    parser.add_argument("--questions", type=int, default=3, choices=range(1, len(QUESTIONS) + 1))
    options = parser.parse_args()
    write(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    asyncio.run(measure(options.model, Image.open(options.image), options.questions))


if __name__ == "__main__":
    main()
