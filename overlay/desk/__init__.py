"""The lap desk: where finished laps are analyzed, written down and read, in a process beside the overlay's."""
