"""Alerts: what people work on. Conditions become alerts, alerts become messages, and what was done becomes data."""
