"""Sub-commands of the service; `coach/cli/main.py` names them and loads one when it is called."""
