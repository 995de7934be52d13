"""Training exports: laps that their drivers gave for training, without their names, as files with a manifest."""
