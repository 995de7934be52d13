"""The documentation as pages of the site: docs/*.md as they are, and the API's description."""
