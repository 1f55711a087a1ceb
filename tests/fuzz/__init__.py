"""Fuzzing of the readers, bounded in time and memory: `make fuzz`."""
