"""`pm config`: the maker's effective configuration, its documentation, and a check."""

from pmapp.commands.config_command import config_command
from pmapp.maker_settings import MAKER

config = config_command(MAKER)
