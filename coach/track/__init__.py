"""The track: driven path, map, corners and their names."""
