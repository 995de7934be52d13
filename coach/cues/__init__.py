"""What to say and when: candidates from comparisons, topics of a session, and the arbiter that speaks, shortens or drops."""
