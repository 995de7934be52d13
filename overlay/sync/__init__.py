"""The overlay's side of the service: signing in, sending laps, one switch for sharing, reference laps. No window is known here."""
