"""Exact numbers, and the venue's rules for them, written a second time."""

from decimal import ROUND_DOWN, Decimal


def dec(text):
    """A decimal string of the wire. A float on the wire is a failure."""
    if not isinstance(text, str):
        raise AssertionError(f"{text!r} is no decimal string")
    return Decimal(text)


def is_near(one, other, part):
    """Whether two numbers differ by at most that part of the second."""
    return abs(Decimal(one) - Decimal(other)) <= abs(Decimal(other)) * Decimal(part)


def fee(px, sz, rate):
    """What a fill costs: cut to six decimals."""
    return (px * sz * Decimal(rate)).quantize(Decimal("0.000001"), ROUND_DOWN)


def is_valid_price(px, sz_decimals):
    """At most five figures and 6 - szDecimals decimals; whole numbers always."""
    if px == px.to_integral_value():
        return True
    digits = px.normalize().as_tuple()
    return len(digits.digits) <= 5 and -digits.exponent <= 6 - sz_decimals


def is_valid_size(sz, sz_decimals):
    return -sz.normalize().as_tuple().exponent <= sz_decimals


def price(px, sz_decimals=5):
    """A valid price near that one, as the float that the SDK wants."""
    return round(float(f"{float(px):.5g}"), 6 - sz_decimals)
