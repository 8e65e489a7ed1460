"""Benchmarks: never part of the tests, always with workload, machine, median and spread."""
