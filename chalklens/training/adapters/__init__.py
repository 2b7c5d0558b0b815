"""Adapters for Qwen3-VL: LoRA, mixtures of LoRA experts, IA3, DoRA, from rows to a served folder.

How it is used: `run.train_adapter(...)`, `planner.plan_memory(...)`, `folders.find_adapters(...)`; the
commands are `chalklens train adapter` and `chalklens adapters`. What it leaves out: training data
(`training/data`), and nothing is imported here.
"""
