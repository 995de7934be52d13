"""The engine: telemetry in, truth about a lap out.

numpy, numba and plain Python. It knows no window system, no web, no socket, no database and reads no clock.
"""
