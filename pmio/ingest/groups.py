"""Nurseries raise groups; whoever waits for one answer wants one reason."""


def first_of(group: BaseExceptionGroup[Exception]) -> Exception:
    """The first single exception in a group; of several failures one is enough to tell."""
    found: Exception | BaseExceptionGroup[Exception] = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
