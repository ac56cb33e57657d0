"""History brought in from files: read, checked, put in order of time, written to the log once."""
