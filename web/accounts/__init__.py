"""Who somebody is: registration, sign-in, second factor, sessions, grants for programs, deletion."""
