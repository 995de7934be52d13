"""Sub-commands of `racing-coach` that belong to the overlay."""
