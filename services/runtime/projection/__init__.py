"""Topics become rows: offsets kept in PostgreSQL, moved in the transaction that writes what they speak of."""
