"""The parts of the live loop: where the car is, the running delta, what is silent and why, the recorder, and the analysis of a lap."""
