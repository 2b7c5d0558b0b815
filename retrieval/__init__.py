"""Question in, ranked passages out (grows with the knowledge tools; nothing is imported here)."""
