"""Errors, argument checks, seed derivation, content hashing, files and the machine record."""
