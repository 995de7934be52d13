"""The tables, one file per noun. Importing this package loads them all, so that one metadata knows them."""

from __future__ import annotations

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
