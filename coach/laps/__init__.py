"""Laps: crossings, validity, and the station grid."""
