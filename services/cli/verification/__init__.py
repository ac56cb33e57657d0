"""The oracle: what the log must give, held against what PostgreSQL serves."""
