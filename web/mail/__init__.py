"""Mail: composed from templates/email, put on the queue in the request's transaction, sent by a worker.

`await send_mail(session, "someone@example.org", "verify", link=...)` is all that slices need (web/mail/compose.py).
"""
