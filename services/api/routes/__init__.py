"""The routes under /v1: each parses, asks one question, and answers."""
