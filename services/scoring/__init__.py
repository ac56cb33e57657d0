"""From the log of activity to scores and their changes."""
