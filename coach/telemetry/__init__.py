"""Channels, recordings and the files and simulators they come from and go to."""
