"""Laps that drivers keep here: taken in, checked, measured by the engine, compared, shown."""
