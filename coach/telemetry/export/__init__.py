"""Recordings and laps written for other programs."""
