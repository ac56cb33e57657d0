"""The `kizashi` command: composition root of the services."""
