"""What any process needs: settings, Kafka, PostgreSQL, keys, logs, metrics, health. No words of the domain."""
