"""Whether the service lives, can serve, and how it does: for supervisors, not for people."""
