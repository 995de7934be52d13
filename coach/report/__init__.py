"""The report a driver keeps: one HTML page and a few pictures. It formats; it computes nothing that compare has not."""
