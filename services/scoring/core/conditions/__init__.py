"""Conditions: which alert rules hold for an account, since when, and what of that is news."""
