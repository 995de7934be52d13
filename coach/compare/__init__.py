"""A lap beside its reference: delta, corner phases, time lost, cause."""
