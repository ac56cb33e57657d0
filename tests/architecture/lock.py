"""What must hold of requirements.txt: each function yields what does not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


@dataclass(frozen=True)
class Locked:
    """One requirement of the lock."""

    requirement: Requirement
    hashes: int

    @property
    def version(self) -> str:
        (pin,) = self.requirement.specifier
        return pin.version


def read(lock: str) -> dict[str, Locked]:
    """The requirements of `lock` by canonical name. Every one has exactly one version."""
    found: dict[str, Locked] = {}
    for entry in re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n?", "", lock)):
        if entry.strip():
            requirement = Requirement(entry.split("\\")[0].strip())
            locked = Locked(requirement, entry.count("--hash=sha256:"))
            found[canonicalize_name(requirement.name)] = locked
    return found


def addresses(lock: str) -> Iterator[str]:
    """Lines that say where packages come from: that is for the machine that installs them to know."""
    for number, line in enumerate(lock.splitlines(), start=1):
        if "://" in line or re.match(r"\s*(-i|-f|--index-url|--extra-index-url|--find-links|--trusted-host)\b", line):
            yield f"line {number}: {line.strip()}"


def unhashed(lock: str) -> Iterator[str]:
    """Requirements without a hash."""
    for name, locked in read(lock).items():
        if not locked.hashes:
            yield name


def out_of_step(lock: str, declared: list[str]) -> Iterator[str]:
    """Declared dependencies that `lock` lacks, or has in a version they do not allow."""
    found = read(lock)
    for line in declared:
        requirement = Requirement(line)
        locked = found.get(canonicalize_name(requirement.name))
        if locked is None:
            yield f"{requirement} is not locked"
        elif not requirement.specifier.contains(locked.version, prereleases=True):
            yield f"{requirement} is locked as {locked.version}"
