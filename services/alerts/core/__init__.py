"""The life of an alert, who hears of it and when, and the fleet guard: decided here, done elsewhere."""
