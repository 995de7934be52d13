"""The driver's settings: what they are, their limits, the file they live in, what a car changes."""
