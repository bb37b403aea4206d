"""Cases of `learn.py`."""
