"""Supervised child processes: everything heavy runs in one, never in the server process."""
