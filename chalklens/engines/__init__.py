"""Vision-language models behind one protocol: local worker, shipped fake, registry.

How it is used: `registry.create_engine(config)` gives an `Engine` (`protocols.py`); torch is loaded
in its worker alone. What it leaves out: training (`chalklens/training`).
"""
