"""Others who know who people are: Discord, and any OpenID provider. None is needed; each has a button once it is configured."""
