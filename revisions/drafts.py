"""Change sets, as pages of rows need them. This app knows rows only; whoever keeps sets registers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from django.db.models import Model
from django.http import HttpRequest

from revisions.rehearsal import Foresight


class Watching(Foresight, Protocol):
    """Writes down what a rehearsed change does."""

    def result(self) -> Sequence[Mapping[str, Any]]:
        """The changes of a set that come to the same. Raises `BadRequest` for what none can say."""


class Drafts(Protocol):
    """Keeps changes for later."""

    def offered(self, request: HttpRequest, model: type[Model]) -> bool:
        """Whether this person may keep changes of such rows."""

    def open_sets(self, request: HttpRequest) -> Sequence[tuple[str, str]]:
        """Drafts that he may add to: their ids, and what he calls them; the newest first."""

    def watching(self) -> Watching:
        """What `change()` takes to rehearse what is to be kept."""

    def put(self, request: HttpRequest, changes: Sequence[Mapping[str, Any]], into: str, reason: str) -> str:
        """Adds changes to the draft of this id, to a new one if that is empty; the address of its page.

        Raises `ApiError`, which blames `into` or `reason` where one of them is wrong.
        """


_makers: list[Callable[[], Drafts]] = []


def register(maker: Callable[[], Drafts]) -> None:
    """Makes this the one who keeps them."""
    _makers[:] = [maker]


def keeper() -> Drafts | None:
    """Who keeps drafts; None where nobody has registered."""
    return _makers[0]() if _makers else None
