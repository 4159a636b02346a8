"""Numbers and lists as the page writes them."""

from __future__ import annotations

from math import ceil


def count(number: int, noun: str) -> str:
    """1 pair, 3 pairs."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(names: list[str], most: int = 6) -> str:
    """a, b and c; of many names the first, and how many more there are."""
    *firsts, last = names if len(names) <= most else [*names[:most], f"{len(names) - most} more"]
    return f"{', '.join(firsts)} and {last}" if firsts else last


def unbroken(text: str) -> str:
    """The text on one line."""
    return text.replace(" ", "\u00a0")


def points(share: float) -> str:
    """A difference of shares in points, with its sign: +1.2 or −0.4."""
    return f"{100 * share:+.1f}".replace("-", "−")


def p_value(p: float) -> str:
    """A p-value, with an equals sign or as a bound; rounded up, never down."""
    return "p < 0.001" if p < 0.001 else f"p = {ceil(1000 * p - 1e-9) / 1000:.3f}"


def duration(seconds: float) -> str:
    """2 h 05 min, 3 min 20 s or 4.1 s."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60:,} h {minutes % 60:02d} min"
