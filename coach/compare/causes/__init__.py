"""Cause of loss by two independent methods, and what they say together.

`evidence.py` (method A) and `impulses.py` (method B) never import each other; `agreement.py` reads both.
"""
