"""The session summary: what was driven, what was worked on and whether it helped, what was said, what to do next time."""
