"""What the compiled classes have forgotten: mypyc keeps only the outermost type of an annotation.

`freeze` needs them whole. Empty in the sources; `scripts/compile_core.py` writes the compiled one.
"""

from typing import Any, Final

HINTS: Final[dict[type[Any], dict[str, str]]] = {}
"""Of each dataclass its fields, and their types as they stand in its source."""
