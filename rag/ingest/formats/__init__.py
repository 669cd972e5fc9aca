"""Readers, one a format: bytes -> `Draft`. Each raises InputError for what it cannot read, and nothing else."""
