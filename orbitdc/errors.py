"""What can go wrong, said once and completely: place, found, allowed, suggestion → one message."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input: where it is, what was found, what is allowed, what to try."""

    place: str
    found: str
    allowed: str
    suggestion: str = ""

    def __str__(self) -> str:
        """Return the problem on one line.

        >>> print(Problem("a.toml: orbit.altitude", "750", "a length with its unit", "write '750 km'"))
        a.toml: orbit.altitude: found 750; allowed: a length with its unit; write '750 km'
        """
        parts = [f"{self.place}: found {self.found}"]
        if self.allowed:
            parts.append(f"allowed: {self.allowed}")
        if self.suggestion:
            parts.append(self.suggestion)
        return "; ".join(parts)


class OrbitdcError(Exception):
    """Anything the user can put right; the command line prints it and leaves with `exit_code`."""

    exit_code = 2


class InputError(OrbitdcError):
    """One or more problems in what the user gave; all problems of a file are raised together."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = tuple(problems)
        super().__init__(str(self))

    def __str__(self) -> str:
        """Return one line for one problem, a headed list for several."""
        if len(self.problems) == 1:
            return str(self.problems[0])
        return "\n".join([f"{len(self.problems)} problems", *(f"  {problem}" for problem in self.problems)])


class LimitError(OrbitdcError):
    """The replay of a plan broke a physical limit: the design cannot do what the envelope promised."""


class InvariantError(OrbitdcError):
    """A conservation law does not close: our bug, never the user's."""

    exit_code = 1


def nearest(word: str, choices: Iterable[str]) -> str:
    """Return `did you mean ...?` with the closest of the choices, or all of them if few, or nothing.

    >>> nearest("kasi", ["kashi", "sanya"])
    "did you mean 'kashi'?"
    """
    known = list(choices)
    close = difflib.get_close_matches(word.lower(), [choice.lower() for choice in known], n=3, cutoff=0.6)
    if close:
        original = {choice.lower(): choice for choice in known}
        return "did you mean " + " or ".join(f"'{original[choice]}'" for choice in close) + "?"
    if 0 < len(known) <= 12:
        return "choose one of " + ", ".join(known)
    return ""
