"""What an administrator sees: users and the audit log."""
