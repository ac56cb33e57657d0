"""What the parts of a scorecard are made of."""

from typing import Annotated

from msgspec import Meta, Struct

from schemas.text import ALLOWED

Label = Annotated[str, Meta(min_length=1, max_length=64, pattern=ALLOWED)]
Pattern = Annotated[str, Meta(min_length=1, max_length=255)]  # the name of an event or of a feature
Threshold = Annotated[int, Meta(ge=0, le=100)]


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What every part of a scorecard has in common: nothing it does not know is let pass."""
