"""The permissions a route asks for, by their codes (G-225)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from routing.models import Route, RoutePermission

MOST = 100


def permissions_of_codes(codes: Iterable[str]) -> list[Any]:
    """The Permission rows of these codes. Raises `ValidationError` naming every unknown one.

    The model is looked up by label: its app stands above this one.
    """
    wanted = _distinct(codes)
    return chosen(wanted, apps.get_model("permissions", "Permission").objects.in_bulk(wanted, field_name="code"))


def chosen(codes: Iterable[str], known: Mapping[str, Any]) -> list[Any]:
    """Those of the known permissions that have these codes. Raises `ValidationError` as above."""
    wanted = _distinct(codes)
    unknown = sorted(set(wanted) - known.keys())
    if unknown:
        raise ValidationError(_("Unknown permission: %(names)s"), params={"names": ", ".join(unknown)[:500]})
    return [known[code] for code in wanted]


def _distinct(codes: Iterable[str]) -> list[str]:
    wanted = list(dict.fromkeys(codes))
    if len(wanted) > MOST:
        raise ValidationError(_("Must be a list of at most %(most)d entries."), params={"most": MOST})
    return wanted


def require_permissions(route: Route, permissions: Iterable[Any]) -> bool:
    """Makes these the permissions the route asks for; whether that changed anything."""
    wanted = {row.pk for row in permissions}
    held = set(RoutePermission.objects.filter(route=route).values_list("permission_id", flat=True))
    if wanted == held:
        return False
    RoutePermission.objects.filter(route=route, permission_id__in=held - wanted).delete()
    RoutePermission.objects.bulk_create([RoutePermission(route=route, permission_id=pk) for pk in wanted - held])
    getattr(route, "_prefetched_objects_cache", {}).clear()
    return True
