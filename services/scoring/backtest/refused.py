"""Why a backtest cannot be made.

BacktestRefused
    FileRefused          a file that cannot be used: which, which row, and what to do
    QuestionRefused      the question has no answer in this history
    Leak                 something after a date was known at it: a bug, never the caller's fault
"""

from pathlib import Path


class BacktestRefused(ValueError):
    """The backtest cannot be made; the message says what to change."""


class FileRefused(BacktestRefused):
    """A file cannot be used."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} {why}")


class QuestionRefused(BacktestRefused):
    """The question has no answer in this history."""


class Leak(BacktestRefused):
    """An account was looked at after it had been shown something that had not happened yet."""
