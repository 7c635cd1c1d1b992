"""Numbers and names in sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence

NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "−"  # as wide as a plus, and never parted from its number as a hyphen is


def plain(number: float) -> str:
    """A number to three places."""
    return signed(f"{number:.3f}")


def degrees(number: float) -> str:
    """An angle in degrees to one place."""
    return signed(f"{number:.1f}°")


def signed(number: str) -> str:
    """A written number with the sign that stands for minus in print."""
    return number.replace("-", MINUS)


def percent(share: float) -> str:
    """A share in whole percent; what is not all is never called all, and what is not nothing never nothing."""
    rounded = signed(f"{100 * share:.0f}")
    if share < 1 and rounded == "100":
        rounded = "over 99"
    elif share != 0 and rounded.lstrip(MINUS) == "0":
        rounded = "under 1" if share > 0 else "under 0"
    return f"{rounded}{NO_BREAK}%"


def between(low: float | None, high: float | None, write: Callable[[float], str]) -> str:
    """An interval; "" where there is none."""
    if low is None or high is None:
        return ""
    ends = write(low), write(high)
    return "all draws alike" if ends[0] == ends[1] else " to ".join(ends)


def listed(names: Sequence[str]) -> str:
    """Names as an enumeration: "a, b and c", or "" of none."""
    return " and ".join([*filter(None, [", ".join(names[:-1])]), *names[-1:]])
