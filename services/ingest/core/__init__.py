"""Decisions of ingest, pure: what is admitted to the log, what is refused and why."""
