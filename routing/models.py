"""Routes: the rows that say which request goes where."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gateway_project.rest.conflicts import clash_with
from revisions import change
from revisions.models import ConfigurationManager, ConfigurationModel, ConfigurationQuerySet
from revisions.natural_keys import NaturallyKeyed
from revisions.recorded import Recorded
from revisions.sealed_fields import SealedJSONField
from routing.choices import PathHandling, PathKind, PermissionStrategy
from routing.rules import conditions, extras, paths
from services import balancing
from services.models import Service, between
from services.plugin_secrets import masked_binding, masked_column
from services.plugins import check_plugins
from services.validators import plain_line


class RouteQuerySet(ConfigurationQuerySet["Route"]):
    """Routes, of which the deleted ones stay as rows (G-160)."""

    def live(self) -> RouteQuerySet:
        """Those that are not deleted."""
        return self.filter(deleted_at=None)

    def whole(self) -> RouteQuerySet:
        """With all a reply or a spec shows, in two queries."""
        permissions = models.Prefetch("route_permissions", RoutePermission.objects.select_related("permission"))
        return self.select_related("service").prefetch_related(permissions)


class Route(ConfigurationModel):
    """One entry of the routing table (G-100…G-107)."""

    recorded: ClassVar[Recorded] = Recorded(derived=("duplicate_key",), service="service_id", shown=masked_column)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    service = models.ForeignKey(Service, models.PROTECT, related_name="routes", verbose_name=_("service"))
    name = models.CharField(_("name"), max_length=100, blank=True, validators=[plain_line])
    description = models.CharField(_("description"), max_length=500, blank=True)
    version = models.CharField(_("version"), max_length=20, default="v1", validators=[plain_line])
    is_active = models.BooleanField(_("active"), default=True)
    priority = models.IntegerField(_("priority"), default=0, validators=between(-1000, 1000))
    labels = models.JSONField(_("labels"), default=dict, blank=True, validators=[extras.check_labels])

    path_pattern = models.CharField(_("path pattern"), max_length=500)
    path_kind = models.CharField(
        _("path kind"),
        max_length=7,
        choices=PathKind.choices,
        blank=True,
        help_text=_("Left open: no “*” exact, one “*” at the end prefix, else pattern."),
    )
    path_handling = models.CharField(
        _("ambiguous paths"), max_length=12, choices=PathHandling.choices, default=PathHandling.REFUSE
    )
    methods = models.JSONField(
        _("methods"), default=list, blank=True, validators=[conditions.check_methods], help_text=_("Empty: any method.")
    )
    hosts = models.JSONField(
        _("hosts"), default=list, blank=True, validators=[conditions.check_hosts], help_text=_("Empty: any host.")
    )
    header_conditions = models.JSONField(
        _("header conditions"), default=list, blank=True, validators=[conditions.check_header_conditions]
    )
    query_conditions = models.JSONField(
        _("query conditions"), default=list, blank=True, validators=[conditions.check_query_conditions]
    )
    client_cidrs = models.JSONField(_("client networks"), default=list, blank=True, validators=[conditions.check_cidrs])

    target_url = models.CharField(_("target"), max_length=500)
    strip_path = models.BooleanField(_("strip path"), null=True, blank=True)
    rewrite = models.JSONField(_("rewrite"), null=True, blank=True, default=None, validators=[extras.check_rewrite])
    preserve_host = models.BooleanField(_("preserve host"), default=False)
    load_balance_strategy = models.CharField(
        _("load balancing"),
        max_length=20,
        choices=balancing.LoadBalanceStrategy.choices,
        default=balancing.LoadBalanceStrategy.ROUND_ROBIN,
    )
    hash_key = models.CharField(_("hash key"), max_length=107, blank=True, validators=[balancing.check_hash_key])
    timeout_seconds = models.PositiveIntegerField(_("timeout (s)"), default=30, validators=between(1, 300))
    retry_count = models.PositiveSmallIntegerField(_("retries"), default=3, validators=between(0, 10))
    max_body_bytes = models.BigIntegerField(
        _("largest request body (bytes)"), null=True, blank=True, validators=between(0, 2**53)
    )

    requires_auth = models.BooleanField(_("requires authentication"), default=True)
    required_permissions = models.ManyToManyField(
        "permissions.Permission",
        through="RoutePermission",
        related_name="routes",
        blank=True,
        verbose_name=_("required permissions"),
    )
    permission_check_strategy = models.CharField(
        _("permission check"), max_length=3, choices=PermissionStrategy.choices, default=PermissionStrategy.ANY
    )
    rate_limit_rpm = models.PositiveIntegerField(
        _("requests a minute"), null=True, blank=True, default=1000, validators=between(1, 1_000_000_000)
    )
    circuit_breaker_enabled = models.BooleanField(_("circuit breaker"), default=True)
    cache_enabled = models.BooleanField(_("cache"), default=False)
    cache_ttl_seconds = models.PositiveIntegerField(_("cache lifetime (s)"), default=300, validators=between(1, 3600))
    plugins = SealedJSONField(_("plugins"), default=dict, blank=True, validators=[check_plugins])

    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True, editable=False)
    duplicate_key = models.CharField(max_length=64, editable=False)
    """Hash of everything that decides which requests match: two live routes never share one (G-105)."""

    objects: ClassVar = ConfigurationManager.from_queryset(RouteQuerySet)()

    class Meta:
        verbose_name = _("route")
        verbose_name_plural = _("routes")
        ordering = ["-priority", "-created_at", "id"]
        indexes = [
            models.Index(fields=["-priority", "-created_at", "id"], name="routing_route_in_order"),
            models.Index(fields=["service", "is_active"], name="routing_route_by_service"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["duplicate_key"], condition=Q(deleted_at=None), name="routing_route_is_unique"
            ),
            models.CheckConstraint(condition=Q(path_pattern__startswith="/"), name="routing_route_path"),
            models.CheckConstraint(condition=Q(priority__range=(-1000, 1000)), name="routing_route_priority"),
            models.CheckConstraint(condition=Q(timeout_seconds__range=(1, 300)), name="routing_route_timeout"),
            models.CheckConstraint(condition=Q(retry_count__range=(0, 10)), name="routing_route_retries"),
            models.CheckConstraint(condition=Q(cache_ttl_seconds__range=(1, 3600)), name="routing_route_cache_ttl"),
            models.CheckConstraint(
                condition=Q(rate_limit_rpm=None) | Q(rate_limit_rpm__range=(1, 1_000_000_000)),
                name="routing_route_rate_limit",
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.method} {self.path_pattern}"

    @property
    def kind(self) -> str:
        """The kind in force: the one named, or the one the pattern shows."""
        return self.path_kind or paths.path_kind_of(self.path_pattern)

    @property
    def method(self) -> str:
        """`ANY`, the one method, or several with commas."""
        return ",".join(self.methods) or "ANY"

    @property
    def permission_codes(self) -> list[str]:
        """Codes of the required permissions, from the prefetched rows, in order."""
        return sorted(one.permission.code for one in self.route_permissions.all())

    def clean(self) -> None:
        """Rules that need more than one field; brings hosts and header names to their one spelling."""
        super().clean()
        errors: dict[str, ValidationError] = {}
        checks = {
            "path_pattern": self._check_pattern,
            "target_url": self._check_target,
            "hash_key": self._check_hash_key,
        }
        for name, check in checks.items():
            try:
                check()
            except ValidationError as error:
                errors[name] = error
        if errors:
            raise ValidationError(errors)
        if isinstance(self.hosts, list):
            self.hosts = [host.lower() if isinstance(host, str) else host for host in self.hosts]

    def _check_pattern(self) -> None:
        if self.path_pattern:
            paths.check_pattern(self.path_pattern, self.kind)

    def _check_target(self) -> None:
        if self.target_url and self.path_pattern:
            paths.check_target(self.target_url, paths.star_count(self.path_pattern, self.kind))

    def _check_hash_key(self) -> None:
        balancing.check_key_is_used(self.hash_key, self.load_balance_strategy)

    def mark_deleted(self, now: datetime | None = None) -> None:
        """Takes the route out of the traffic and the lists; it can be brought back (G-160)."""
        self.deleted_at = now or timezone.now()
        self.save(update_fields=["deleted_at", "updated_at"])

    def matching_key(self) -> str:
        """The hash kept in `duplicate_key`."""
        decisive = [
            self.path_pattern,
            self.kind,
            self.version,
            self.priority,
            _in_order(self.methods),
            _in_order(self.hosts),
            _in_order(self.header_conditions, _as_text),
            _in_order(self.query_conditions, _as_text),
            _in_order(self.client_cidrs),
        ]
        return hashlib.sha256(json.dumps(decisive).encode()).hexdigest()

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """As Django's, but a duplicate is refused by naming the other route to who may see it.

        Within a change its guard is asked too.
        """
        super().validate_constraints(exclude={*(exclude or ()), "duplicate_key"})
        if self.deleted_at is not None:
            return
        other = Route.objects.live().filter(duplicate_key=self.matching_key()).exclude(pk=self.pk).first()
        if other is not None:
            raise self.clash_with(other)
        change.check(self)

    @staticmethod
    def clash_with(other: Route) -> ValidationError:
        """The refusal of a route that matches what another does."""
        told = _("The route %(name)s (%(other)s) already matches these requests.")
        return clash_with(other, told, _("Another team's route already matches these requests."))

    def save(self, *args: Any, **kwargs: Any) -> None:
        """As Django's; keeps the key that guards against duplicates."""
        self.duplicate_key = self.matching_key()
        super().save(*args, **kwargs)


def _as_text(entry: Any) -> str:
    return json.dumps(entry, sort_keys=True)


def _in_order(entries: Any, text: Callable[[Any], str] = str) -> list[str]:
    """The entries of a list as sorted texts. What is no list, and refused by its own validator, counts as one entry."""
    return sorted(text(one) for one in (entries if isinstance(entries, list) else [entries]))


class RoutePermission(NaturallyKeyed, ConfigurationModel):
    """A permission a route asks for."""

    natural_fields = ("route__id", "permission__code")

    recorded: ClassVar[Recorded] = Recorded(
        kind="required_permission", related=("route", "permission"), service="route__service_id"
    )

    route = models.ForeignKey(Route, models.CASCADE, related_name="route_permissions", verbose_name=_("route"))
    permission = models.ForeignKey(
        "permissions.Permission", models.PROTECT, related_name="route_permissions", verbose_name=_("permission")
    )

    class Meta:
        verbose_name = _("required permission")
        verbose_name_plural = _("required permissions")
        constraints = [models.UniqueConstraint(fields=["route", "permission"], name="routing_route_permission_once")]

    def __str__(self) -> str:
        return f"{self.route} → {self.permission}"


class GlobalPlugin(NaturallyKeyed, ConfigurationModel):
    """A plugin that every route takes part in unless its service or itself says otherwise."""

    natural_fields = ("name",)

    recorded: ClassVar[Recorded] = Recorded(kind="global_plugin", shown=masked_binding)

    name = models.CharField(_("plugin"), max_length=100, unique=True)
    config = SealedJSONField(_("configuration"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("global plugin")
        verbose_name_plural = _("global plugins")
        ordering = ["name"]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="routing_global_plugin_has_name")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A known plugin, configured as its schema says."""
        super().clean()
        check_plugins({self.name: self.config})
