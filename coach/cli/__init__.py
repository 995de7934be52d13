"""The command line `racing-coach`: one module per sub-command, loaded only when it is called."""
