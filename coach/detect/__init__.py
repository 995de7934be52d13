"""Detectors of lock-up, wheelspin, understeer, oversteer, off-track and inconsistent inputs."""
