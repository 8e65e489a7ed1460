"""The scanner's configuration: the keys of its core and of its services, and its sources' names."""

from typing import Final

import attrs

from pmapp.services.service_keys import Cadence, Ingest, Keep, Serve
from pmapp.settings import Program
from pmcore.sweep.settings import SweepConfig


@attrs.frozen
class SweepSettings(SweepConfig):
    """Everything that the services are told: the core's sections, and beside them their own."""

    cadence: Cadence = attrs.field(factory=Cadence)
    ingest: Ingest = attrs.field(factory=Ingest)
    keep: Keep = attrs.field(factory=Keep)
    serve: Serve = attrs.field(factory=Serve)

    @property
    def core(self) -> SweepConfig:
        """What scores are made with, and nothing else: `/v1/config` shows all of it."""
        names = [section.name for section in attrs.fields(SweepConfig)]
        return SweepConfig(**{name: getattr(self, name) for name in names})


SCANNER: Final = Program(
    SweepSettings,
    "the scanner's configuration",
    "pm-sweep.toml",
    "PMSWEEP_",
    "pm sweep config",
)
