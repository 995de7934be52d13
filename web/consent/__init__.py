"""What somebody agreed to, in which words and when; what is kept about them, to take away or to delete."""
