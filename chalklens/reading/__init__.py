"""Text in pictures (RapidOCR), read in a worker process.

How it is used: `reader.WorkerReader(worker)` asks, `recognizer.py` reads in the worker. What
it leaves out: where pictures come from (`chalklens/media`).
"""
