"""Which part of the configuration a file is about: all of it, or what bears some labels. Pure.

Of kinds with labels the rows that bear all of them; instances with their service, credentials and grants with their
consumer; of kinds without labels, none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from configuration.files.problem import whole

_LABEL = re.compile(r"(?P<key>[^=\s]{1,100})=(?P<value>[^\x00-\x1f]{0,200})")


class Selection:
    """Labels a row has to bear; none is everything."""

    def __init__(self, labels: Mapping[str, str] | None = None) -> None:
        self.labels = dict(sorted((labels or {}).items()))

    def __bool__(self) -> bool:
        return bool(self.labels)

    def __str__(self) -> str:
        return ",".join(f"{key}={value}" for key, value in self.labels.items())

    def takes(self, labels: Any) -> bool:
        """Whether a row with these labels is part of it."""
        held = labels if isinstance(labels, Mapping) else {}
        return all(held.get(key) == value for key, value in self.labels.items())


def selection_of(texts: Iterable[str]) -> Selection:
    """From `key=value` texts. Raises `DocumentError` for one that is not."""
    labels = {}
    for text in texts:
        match = _LABEL.fullmatch(text)
        if match is None:
            raise whole(_("“%(text)s” is no label. Write key=value.") % {"text": text[:100]})
        labels[match["key"]] = match["value"]
    return Selection(labels)
