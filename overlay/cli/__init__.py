"""Sub-commands that need the overlay's parts; `coach/cli/main.py` names them and loads one when it is called."""
