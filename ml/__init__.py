"""Data sets, models and their serving. Imports `coach`; `overlay` and `web` may import `ml.serving` only."""
