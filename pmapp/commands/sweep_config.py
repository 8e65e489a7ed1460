"""`pm sweep config`: the scanner's effective configuration, its documentation, and a check."""

from pmapp.commands.config_command import config_command
from pmapp.services.service_settings import SCANNER

config = config_command(SCANNER)
