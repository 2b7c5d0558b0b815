"""Text in pictures (RapidOCR), read in a worker process."""
