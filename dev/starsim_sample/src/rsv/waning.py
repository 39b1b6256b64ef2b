"""How fast antibodies of the mother are lost."""

HALF_LIFE = 79  # days


def protection(at_birth: float, days: float) -> float:
    return at_birth * 0.5 ** (days / HALF_LIFE)
