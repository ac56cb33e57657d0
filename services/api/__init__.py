"""What was scored, kept in PostgreSQL and served."""
