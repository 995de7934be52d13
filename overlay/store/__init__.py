"""The driver's laps on their own disk: lap files, an index that can be made again from them, and what waits for the service."""
