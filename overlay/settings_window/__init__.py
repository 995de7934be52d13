"""The settings window: pages made from what the settings say about themselves, and a few of their own."""
