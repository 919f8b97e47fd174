"""Benchmarks, each beside what it is compared with, in one run: read the ratios."""
