"""What a key may do. Apart from keys, which need a database: who only holds one need not import that."""

from collections.abc import Mapping
from enum import StrEnum


class Scope(StrEnum):
    """What a key may do."""

    INGEST = "ingest"  # send events
    READ = "read"  # see scores
    OPERATE = "operate"  # change what is known and done about accounts
    ADMIN = "admin"  # manage keys and scorecards

    def allows(self, needed: "Scope") -> bool:
        """Whether a key of this scope may do what `needed` is for.

        An ingest key sits in customers' programs, so it reads nothing; whoever operates may also send.
        """
        return needed in _ALLOWED[self]


_ALLOWED: Mapping[Scope, frozenset[Scope]] = {
    Scope.INGEST: frozenset({Scope.INGEST}),
    Scope.READ: frozenset({Scope.READ}),
    Scope.OPERATE: frozenset({Scope.OPERATE, Scope.READ, Scope.INGEST}),
    Scope.ADMIN: frozenset(Scope),
}
