"""What the maker's sources of configuration are called."""

from typing import Final

from pmapp.settings import Program
from pmcore.config import Config

MAKER: Final = Program(Config, "the configuration", "pm.toml", "PM_", "pm config")
