"""The service: accounts, consent, laps, references, market, billing. Imports `coach`; never `overlay`."""
