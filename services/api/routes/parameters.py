"""What requests may say in their query strings.

A parameter that does not exist is refused: a misspelt filter must not answer with everything.
"""

from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from fastapi import Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from schemas.changes import State
from schemas.sentences import Language
from schemas.text import ALLOWED, LONGEST
from services.api.language import preferred

LARGEST_PAGE: Final = 200
LARGEST_FEED_PAGE: Final = 1_000

Words = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST, pattern=ALLOWED)]
CursorText = Annotated[str, Field(description="`next_cursor` of the page before, as it came.", max_length=2_000)]


def _in_utc(moment: datetime) -> datetime:
    """Without an offset it is UTC already. Raises ValueError where UTC has no such day."""
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as beyond:
        msg = "it is beyond the calendar"
        raise ValueError(msg) from beyond


Moment = Annotated[datetime, AfterValidator(_in_utc)]


class _Query(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Told(_Query):
    lang: Language | None = Field(default=None, description="Of sentences. Without it Accept-Language decides.")

    def language(self, request: Request) -> Language:
        """The one asked for, or the one the caller likes best."""
        return self.lang or preferred(request.headers.get("accept-language", ""))


class AccountsQuery(_Told):
    """Which accounts. A filter given several times means any of its values."""

    band: list[Literal["healthy", "watch", "at_risk"]] = Field(default=[], description="Accounts with a score in it.")
    state: list[State] = Field(default=[], description="A band, or `unknown`.")
    segment: list[Words] = []
    owner: list[Words] = []
    q: Words | None = Field(default=None, description="Part of the name or of the id, in upper or lower case.")
    limit: int = Field(default=50, ge=1, le=LARGEST_PAGE)
    cursor: CursorText | None = None


class AccountQuery(_Told):
    """How to tell it, and as of when."""

    known_at: Moment | None = Field(
        default=None, description="What was known by then, inclusive, instead of now. Without an offset: UTC."
    )


class HistoryQuery(_Query):
    """Which changes of an account."""

    as_of: Moment | None = Field(
        default=None, description="Only what was known by then (`known_at`), inclusive. Without an offset: UTC."
    )
    limit: int = Field(default=50, ge=1, le=LARGEST_PAGE)
    cursor: CursorText | None = None


class FeedQuery(_Query):
    """Which changes of all accounts."""

    since: CursorText | None = Field(
        default=None,
        description="`next_cursor` of the answer before, as it came. Without it: from the beginning. "
        "`latest`: nothing yet, only a cursor for what comes from now on.",
    )
    limit: int = Field(default=500, ge=1, le=LARGEST_FEED_PAGE)
