"""The services: each folder a process of its own, runtime what they share, cli their roof."""
