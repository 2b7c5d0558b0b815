"""Training data for vision-language models: many sources in, one checked format out.

How it is used: `conversion.convert` writes `rows.jsonl`; `rows.read_rows` gives its rows to whoever
trains. What it leaves out: nothing is imported here.
"""
