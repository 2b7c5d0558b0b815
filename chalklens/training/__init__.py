"""How what ships trained was trained, as recipes that anyone can repeat."""
