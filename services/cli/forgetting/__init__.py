"""Forgetting: what is written so that every part forgets, and what is looked at to see that they have."""
