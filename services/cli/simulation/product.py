"""The product: planning software sold to companies by seats. Its plans, features, teams, and its customers' names."""

from dataclasses import dataclass
from typing import Final

FEATURES: Final[dict[str, tuple[str, ...]]] = {  # a feature, and the events of it; most used first
    "boards": ("board_viewed", "card_moved", "card_created"),
    "calendar": ("calendar_viewed", "date_changed"),
    "comments": ("comment_written", "mention_answered"),
    "reports": ("report_viewed", "report_created"),
    "files": ("file_opened", "file_uploaded"),
    "mobile": ("app_opened",),
    "automation": ("rule_ran", "rule_created"),
    "integrations": ("sync_ran",),
    "exports": ("export_downloaded",),
    "api": ("token_used",),
}
SIGNED_IN: Final = "signed_in"  # an event without a feature
FRICTION: Final = ("cancel_page_viewed", "payment_failed", "admin_removed")  # from those on their way out


@dataclass(frozen=True, slots=True)
class Segment:
    """A size of customer: its share of the book, users, plans, yearly price of a seat, and who looks after it."""

    name: str
    share: float
    users: tuple[int, int]
    plans: tuple[str, ...]
    seat_cents: int
    owners: tuple[str, ...]


SEGMENTS: Final = (
    Segment("small", 0.60, (2, 6), ("starter", "team"), 9_600, ("team-pooled",)),
    Segment("mid", 0.30, (6, 16), ("team", "business"), 14_400, ("team-east", "team-west")),
    Segment("enterprise", 0.10, (16, 34), ("business", "enterprise"), 21_600, ("team-enterprise",)),
)

ZONES: Final[dict[str, int]] = {  # hours east of UTC, in winter: the sun of this world knows no summer time
    "Asia/Tokyo": 9,
    "Europe/Berlin": 1,
    "America/New_York": -5,
    "America/Los_Angeles": -8,
    "Australia/Brisbane": 10,
    "Asia/Kolkata": 5,
}

OFFICE: Final = (1.0, 1.0, 1.0, 1.0, 0.9, 0.06, 0.03)
EVERY_DAY: Final = (1.0,) * 7
SHOP: Final = (0.4, 0.6, 0.8, 0.9, 1.0, 1.0, 0.7)
MONDAYS: Final = (1.0, 0.1, 0.03, 0.03, 0.1, 0.0, 0.0)
WEEKS: Final = (OFFICE, OFFICE, OFFICE, OFFICE, EVERY_DAY, SHOP, MONDAYS)  # how often each is drawn

FIRST_WORDS: Final = (
    *("Amber", "Birch", "Cedar", "Cobalt", "Copper", "Coral", "Crimson", "Delta", "Ember", "Fern"),
    *("Flint", "Golden", "Harbor", "Indigo", "Ivory", "Juniper", "Lunar", "Maple", "Northern", "Ochre"),
)
SECOND_WORDS: Final = (
    *("Analytics", "Apparel", "Bakery", "Bearings", "Books", "Clinics", "Foods", "Freight", "Glass", "Inns"),
    *("Lenses", "Logistics", "Marine", "Paper", "Robotics", "Schools", "Studios", "Textiles", "Timber", "Travel"),
)
