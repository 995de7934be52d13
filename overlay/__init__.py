"""The driver's window, widgets, voice and local lap store. Imports `coach`; never `web`."""
