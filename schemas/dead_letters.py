"""The records of `dead-letters.v1`: what could not be used, why, and where it came from.

Key and value are those of the original, untouched. Everything else is in headers, each UTF-8 text.
"""

from enum import StrEnum

REASON = "kizashi-reason"  # a DeadLetterReason
DETAIL = "kizashi-detail"  # a sentence: which field, what is wrong, what to send instead
ORIGIN = "kizashi-origin"  # "topic/partition/offset", or "http <route>"
SOURCE = "kizashi-source"  # the key's name, where one is known
REFUSED_AT = "kizashi-refused-at"  # ISO 8601 with Z


class DeadLetterReason(StrEnum):
    """Why something could not be used."""

    MALFORMED = "malformed"  # not JSON, or not the JSON that was expected
    INVALID = "invalid"  # a field is missing or wrong
    UNATTRIBUTED = "unattributed"  # it names no account, and its user belongs to none that is known
    TOO_LATE = "too_late"  # more than 48 h behind
    TOO_EARLY = "too_early"  # dated more than a day ahead
    TOO_LARGE = "too_large"  # more bytes than an event may have
    UNREADABLE = "unreadable"  # a record of activity.v1 that is not one of ours
