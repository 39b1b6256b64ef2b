from __future__ import annotations

import typing as t
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .shapes import Matrix
else:
    from .plain import Matrix

if t.TYPE_CHECKING:
    import models.unrelated_types


def mix(matrix: Matrix) -> Matrix:
    return matrix
