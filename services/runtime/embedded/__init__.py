"""Apache Kafka and PostgreSQL on this machine, with nothing installed but Python packages."""
