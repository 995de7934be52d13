"""One file that holds everything the service keeps: the database, the stored files, and the secret of one machine."""
