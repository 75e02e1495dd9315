"""Who may do what, resolved late.

The rules live in the permissions app, above this one; settings name them by dotted path, so the apps below can ask
for "an administrator", or for "what this caller may see", without importing upwards.

Every door asks the same two questions of rows: `visible` before it looks at any, `require_write` before it changes one.
What a caller may not see answers as what does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar, cast

from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils.module_loading import import_string
from rest_framework.permissions import BasePermission

from gateway_project.rest.errors import ApiError, Forbidden

QuerySetT = TypeVar("QuerySetT", bound=QuerySet[Any])

Rule = str | Callable[[QuerySet[Any], frozenset[int]], QuerySet[Any]]
"""How rows of a model belong to a service: the look-up path to it (empty for a service itself), or a function that
narrows a queryset to what the teams (primary keys of groups) of a caller may see."""

RULES: dict[str, Rule] = {
    "services.Service": "",
    "services.ServiceInstance": "service",
    "routing.Route": "service",
    "routing.RoutePermission": "route__service",
}
"""By model label. A model that is not here is for administrators only."""


class Teams(Protocol):
    """What the module that settings.GATEWAY_TEAMS names must have."""

    def visible(self, caller: Any, queryset: Any) -> Any: ...

    def require_write(self, caller: Any, row: Any) -> None: ...

    def require_delete(self, caller: Any, row: Model) -> None: ...

    def require_create(self, caller: Any, model: type[Model]) -> None: ...

    def require_new_service(self, caller: Any) -> None: ...

    def is_administrator(self, caller: Any) -> bool: ...


class LocalCaller:
    """Whoever runs a command on the machine: what the gateway keeps is his to read and to change."""

    is_authenticated = is_active = is_administrator = True
    is_anonymous = False
    pk = None
    subject = "command"


LOCAL = LocalCaller()


def administrator() -> BasePermission:
    """The check for writes of the configuration (G-011)."""
    return _resolved("GATEWAY_ADMINISTRATOR_PERMISSION")


def operator() -> BasePermission:
    """The check for writes that an operator may do too, to what belongs to his teams."""
    return _resolved("GATEWAY_OPERATOR_PERMISSION")


def authenticated() -> BasePermission:
    """The check for what any access token may do (G-011)."""
    return _resolved("GATEWAY_AUTHENTICATED_PERMISSION")


def belongs_to_service(model: type[Model]) -> bool:
    """Whether rows of this model belong to a service, and so perhaps to a team."""
    return model._meta.label in RULES


def visible(caller: Any, queryset: QuerySetT) -> QuerySetT:
    """The rows of the queryset that the caller may see. The caller is a request's user, or `LOCAL`."""
    return cast("QuerySetT", _teams().visible(caller, queryset))


def is_administrator(caller: Any) -> bool:
    """Whether the caller sees and changes everything."""
    return _teams().is_administrator(caller)


def require_administrator(caller: Any) -> None:
    """Raises `Forbidden` for anybody else."""
    if not is_administrator(caller):
        raise Forbidden


def sees(caller: Any, row: Model) -> bool:
    """Whether the caller may see this stored row."""
    rows: QuerySet[Any] = type(row)._base_manager.filter(pk=row.pk)
    return visible(caller, rows).exists()


def require_write(caller: Any, row: Model) -> None:
    """Raises `NotFound` where the caller may not see the row's service, `Forbidden` where he may only see it.

    The row may be new. What it is decides: of a service without owner any token may change instances, and only an
    administrator the rest (G-011).
    """
    _teams().require_write(caller, row)


def may_write(caller: Any, row: Model) -> bool:
    """Whether `require_write` lets this caller change the row."""
    try:
        require_write(caller, row)
    except ApiError:
        return False
    return True


def require_delete(caller: Any, row: Model) -> None:
    """As `require_write`; a service as a whole is an administrator's to remove, as it is to make."""
    _teams().require_delete(caller, row)


def require_create(caller: Any, model: type[Model]) -> None:
    """Raises `Forbidden` for who may make no row of this model, whatever it says; of which service is asked later."""
    _teams().require_create(caller, model)


def require_new_service(caller: Any) -> None:
    """Raises `NotFound` for who may not make a service by naming it, as for one that is there and hidden."""
    _teams().require_new_service(caller)


_acting: ContextVar[Any] = ContextVar("gateway_access_acting", default=LOCAL)


@contextmanager
def acting(caller: Any) -> Iterator[None]:
    """Within the block rules of models, which are told of no caller, judge for this one; outside, for `LOCAL`."""
    token = _acting.set(caller)
    try:
        yield
    finally:
        _acting.reset(token)


def who_acts() -> Any:
    """The caller of the block."""
    return _acting.get()


def caller_in(context: Mapping[str, Any]) -> Any:
    """Whom a serializer works for: `caller` of its context, or the request's user. Raises `LookupError` for neither."""
    if "caller" in context:
        return context["caller"]
    if "request" in context:
        return context["request"].user
    raise LookupError("a serializer that writes needs `caller` or `request` in its context")


def _teams() -> Teams:
    found: Teams = import_string(settings.GATEWAY_TEAMS)
    return found


def _resolved(setting: str) -> BasePermission:
    found: type[Any] = import_string(getattr(settings, setting))
    instance: BasePermission = found()
    return instance
