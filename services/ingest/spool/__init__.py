"""What Kafka does not take now, kept on this machine's disk in the order in which it came."""
