"""Vision-language models behind one protocol: local worker, shipped fake, registry."""
