"""Keys and wheel buttons that work while the simulator has the keyboard: names, who is asked for them, what they set off."""
