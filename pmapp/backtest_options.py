"""Command-line types that several commands share."""

import math
from pathlib import Path
from typing import Any, Final

import click


class Finite(click.FloatRange):
    """A number inside a range; NaN, which no range keeps out, is refused too."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number, or click's usage error."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is not a number", param, ctx)
        return number


TAPE: Final = click.Path(path_type=Path)
FOLDER: Final = click.Path(path_type=Path, file_okay=False)
USDC: Final = Finite(0.0, 1e9)
"""Cash to begin with."""
HOURS: Final = Finite(0.0, 48.0, min_open=True)
"""Length of a synthetic market."""
