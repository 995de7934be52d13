"""What every request passes, one concern per file; `web/app.py` puts them in order."""
