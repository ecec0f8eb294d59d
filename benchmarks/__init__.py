"""Benchmarks: what the project's figures are on this machine, against itself and its limits.

`python -m benchmarks` runs them all and writes RESULTS.md; nothing here is needed to use the
project.
"""
