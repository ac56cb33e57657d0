"""The routes of ingest: each reads a request, has it taken, and answers."""
