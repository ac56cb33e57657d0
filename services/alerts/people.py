"""Those who are told: how each is reached, in which language, and when they work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from schemas.sentences import Language
from services.alerts.core.route import Recipient


@dataclass(frozen=True, slots=True)
class Person:
    """A person, a team or a queue. Without `mail` and `slack` nothing reaches them."""

    recipient: Recipient
    zone: str
    mail: str | None
    slack: str | None
    language: Language
    digest_on: date | None  # the day of their last digest

    @property
    def name(self) -> str:
        """An owner as the facts name them, a team, `segment:<name>`, or `default`."""
        return self.recipient.name

    @property
    def lanes(self) -> list[tuple[str, str]]:
        """Where messages to them go: (channel, lane)."""
        reached = (("mail", self.mail), ("slack", self.slack))
        return [(channel, f"{channel}:{self.name}") for channel, target in reached if target]


@dataclass(frozen=True, slots=True)
class People:
    """All of them, by name."""

    by_name: Mapping[str, Person]

    @property
    def recipients(self) -> dict[str, Recipient]:
        """As the core routes."""
        return {name: person.recipient for name, person in self.by_name.items()}
