"""A mixture of LoRA experts with a learned router, as a PEFT method of its own (`MOELORA`).

How it is used: `register_moe_lora()` (`registration.py`) once a process, then PEFT's own
`get_peft_model(model, MoeLoraConfig(...))`, `save_pretrained` and `PeftModel.from_pretrained`. What it
leaves out: training (`chalklens/training/adapters`).
"""
