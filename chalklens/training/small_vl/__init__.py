"""The recipe that trains a small Qwen3-VL of 5 to 12 million parameters on labelled worksheets."""
