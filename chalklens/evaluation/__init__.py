"""Metrics and the suites that produce them."""
