"""The routes of alerts: each parses, asks the core or one query, and answers."""
