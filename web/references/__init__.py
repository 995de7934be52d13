"""Reference laps: which laps drivers offer each other, which one somebody has chosen, and which would suit them best."""
