"""The recipe that trains the embedded labeller's weights, from pictures to safetensors."""
