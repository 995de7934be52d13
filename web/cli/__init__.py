"""Sub-commands of the service; each module holds `add_arguments(parser)` and `run(args)`."""
