"""Judges scorecards by what became of accounts: history lived through again, and nothing known of what came after.

numpy is for here alone: what a score is, the core decides in whole numbers.
"""
