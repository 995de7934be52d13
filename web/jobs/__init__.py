"""Work behind the pages, on a queue in the same database (pgqueuer), so that a job exists exactly if its request was kept."""
