"""Pictures that are not elementary mathematics, drawn by ourselves, and the gate fitted on them."""
