"""The front door: what comes in over HTTP or events.v1 is admitted or refused."""
