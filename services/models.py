"""Services and their instances: the rows where traffic goes."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinLengthValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from revisions.models import ConfigurationModel
from revisions.natural_keys import NaturallyKeyed
from revisions.recorded import Recorded
from revisions.sealed_fields import SealedJSONField
from services import balancing, validators
from services.ownership import check_is_team
from services.plugin_secrets import masked_column
from services.plugins import check_plugins


def between(lowest: float, highest: float) -> list[Any]:
    """Validators of a range whose ends are in it."""
    return [MinValueValidator(lowest), MaxValueValidator(highest)]


RANGES: dict[str, tuple[float, float]] = {
    "answer_timeout_seconds": (0.05, 300.0),
    "breaker_max_failures": (1, 10_000),
    "breaker_interval_seconds": (1.0, 86_400.0),
    "breaker_open_seconds": (0.1, 86_400.0),
    "breaker_half_open_requests": (1, 1000),
    "breaker_error_rate": (0.001, 1.0),
    "breaker_min_requests": (1, 1_000_000),
    "health_timeout_seconds": (0.1, 60.0),
    "health_healthy_after": (1, 100),
    "health_unhealthy_after": (1, 100),
    "eject_after": (1, 10_000),
    "eject_seconds": (0.1, 86_400.0),
    "max_ejected_percent": (0, 100),
    "slow_start_seconds": (0.0, 3600.0),
    "rate_limit_rpm": (1, 1_000_000_000),
    "limiter_rate": (0.001, 1_000_000.0),
    "limiter_peak": (1, 1_000_000),
    "retry_count": (0, 10),
}
"""Both ends are allowed; held by validators and by the database."""


def _bounds(name: str) -> models.CheckConstraint:
    lowest, highest = RANGES[name]
    within = Q(**{f"{name}__gte": lowest, f"{name}__lte": highest}) | Q(**{f"{name}__isnull": True})
    return models.CheckConstraint(condition=within, name=f"services_service_{name}")


class Service(NaturallyKeyed, ConfigurationModel):
    """A named set of instances. It may exist before its first instance: a route can name it."""

    natural_fields = ("name",)

    recorded: ClassVar[Recorded] = Recorded(service="id", confidential=("plugins",), shown=masked_column)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100, unique=True, validators=[validators.plain_line])
    owner = models.ForeignKey(
        "auth.Group",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="owned_services",
        verbose_name=_("owner"),
        validators=[check_is_team],
        help_text=_("The team that sees and changes it. Without one, it is as open as the API without teams."),
    )
    labels = models.JSONField(_("labels"), default=dict, blank=True, validators=[validators.check_labels])
    connect_timeout_seconds = models.FloatField(
        _("connect timeout (s)"), default=5.0, validators=[MinValueValidator(0.1), MaxValueValidator(300.0)]
    )
    answer_timeout_seconds = models.FloatField(
        _("time for an answer (s)"),
        null=True,
        blank=True,
        default=None,
        validators=between(*RANGES["answer_timeout_seconds"]),
        help_text=_("After it another instance is asked. Empty: the whole time of the route."),
    )
    verify_tls = models.BooleanField(_("verify TLS"), default=True)
    tls_server_name = models.CharField(
        _("TLS server name"), max_length=255, blank=True, validators=[validators.tls_server_name]
    )
    tls_ca_pem = models.TextField(_("TLS authorities (PEM)"), blank=True, validators=[validators.pem_certificates])

    breaker_max_failures = models.PositiveIntegerField(
        _("failures in a row that open the circuit"), default=5, validators=between(*RANGES["breaker_max_failures"])
    )
    breaker_interval_seconds = models.FloatField(
        _("counted within (s)"), default=30.0, validators=between(*RANGES["breaker_interval_seconds"])
    )
    breaker_open_seconds = models.FloatField(
        _("open for (s)"), default=30.0, validators=between(*RANGES["breaker_open_seconds"])
    )
    breaker_half_open_requests = models.PositiveIntegerField(
        _("probes when half-open"), default=1, validators=between(*RANGES["breaker_half_open_requests"])
    )
    breaker_error_rate = models.FloatField(
        _("error rate that opens the circuit"),
        null=True,
        blank=True,
        default=None,
        validators=between(*RANGES["breaker_error_rate"]),
    )
    breaker_min_requests = models.PositiveIntegerField(
        _("requests before the error rate counts"), default=20, validators=between(*RANGES["breaker_min_requests"])
    )
    health_timeout_seconds = models.FloatField(
        _("health check timeout (s)"), default=2.0, validators=between(*RANGES["health_timeout_seconds"])
    )
    health_healthy_after = models.PositiveIntegerField(
        _("successes that bring an instance back"), default=2, validators=between(*RANGES["health_healthy_after"])
    )
    health_unhealthy_after = models.PositiveIntegerField(
        _("failures that take an instance out"), default=3, validators=between(*RANGES["health_unhealthy_after"])
    )
    eject_after = models.PositiveIntegerField(
        _("failed requests that eject an instance"),
        null=True,
        blank=True,
        default=5,
        validators=between(*RANGES["eject_after"]),
    )
    eject_seconds = models.FloatField(_("ejected for (s)"), default=30.0, validators=between(*RANGES["eject_seconds"]))
    max_ejected_percent = models.PositiveIntegerField(
        _("largest share ejected (%)"), default=50, validators=between(*RANGES["max_ejected_percent"])
    )
    slow_start_seconds = models.FloatField(
        _("slow start (s)"), default=0.0, validators=between(*RANGES["slow_start_seconds"])
    )
    rate_limit_rpm = models.PositiveIntegerField(
        _("requests a minute"), null=True, blank=True, default=None, validators=between(*RANGES["rate_limit_rpm"])
    )
    limiter_rate = models.FloatField(
        _("token bucket: requests a second"),
        null=True,
        blank=True,
        default=None,
        validators=between(*RANGES["limiter_rate"]),
    )
    limiter_peak = models.PositiveIntegerField(
        _("token bucket: size"), null=True, blank=True, default=None, validators=between(*RANGES["limiter_peak"])
    )
    load_balance_strategy = models.CharField(
        _("load balance strategy"),
        max_length=20,
        blank=True,
        choices=balancing.LoadBalanceStrategy.choices,
        help_text=_("For all routes of the service, in place of theirs. Empty: each has its own."),
    )
    hash_key = models.CharField(_("hash key"), max_length=107, blank=True, validators=[balancing.check_hash_key])
    retry_count = models.PositiveSmallIntegerField(
        _("retries"),
        null=True,
        blank=True,
        default=None,
        validators=between(*RANGES["retry_count"]),
        help_text=_("For all routes of the service, in place of theirs. Empty: each has its own."),
    )
    plugins = SealedJSONField(_("plugins"), default=dict, blank=True, validators=[check_plugins])

    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="services_service_has_name"),
            *(_bounds(name) for name in RANGES),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """No hash key that nothing uses."""
        try:
            balancing.check_key_is_used(self.hash_key, self.load_balance_strategy)
        except ValidationError as error:
            raise ValidationError({"hash_key": error}) from None


class InstanceStatus(models.TextChoices):
    """What an instance may be sent (G-206)."""

    HEALTHY = "healthy", _("healthy")
    UNHEALTHY = "unhealthy", _("unhealthy")
    DRAINING = "draining", _("draining")


class Protocol(models.TextChoices):
    """How an instance is spoken to."""

    HTTP = "http", "http"
    HTTPS = "https", "https"


class ServiceInstance(NaturallyKeyed, ConfigurationModel):
    """One address that answers for a service (G-200)."""

    natural_fields = ("service__name", "instance_id")

    recorded: ClassVar[Recorded] = Recorded(
        kind="instance", bookkeeping=("updated_at", "last_health_check", "lease_expires_at"), service="service_id"
    )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    service = models.ForeignKey(Service, models.CASCADE, related_name="instances", verbose_name=_("service"))
    instance_id = models.CharField(
        _("instance id"), max_length=100, validators=[MinLengthValidator(1), validators.plain_line]
    )
    host = models.CharField(_("host"), max_length=255, validators=[validators.host_is_valid])
    port = models.PositiveIntegerField(_("port"), validators=[MinValueValidator(1), MaxValueValidator(65535)])
    protocol = models.CharField(_("protocol"), max_length=5, choices=Protocol.choices, default=Protocol.HTTP)
    weight = models.PositiveIntegerField(
        _("weight"), default=100, validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    status = models.CharField(
        _("status"), max_length=10, choices=InstanceStatus.choices, default=InstanceStatus.HEALTHY
    )
    priority = models.PositiveSmallIntegerField(_("tier"), default=0, validators=between(0, 100))
    lease_seconds = models.PositiveIntegerField(
        _("lease (s)"), null=True, blank=True, default=None, validators=between(5, 3600)
    )
    lease_expires_at = models.DateTimeField(_("lease expires at"), null=True, blank=True, editable=False)
    health_check_url = models.CharField(
        _("health check path"), max_length=500, blank=True, validators=[validators.health_path]
    )
    health_check_interval_seconds = models.PositiveIntegerField(
        _("health check interval (s)"), default=30, validators=[validators.health_interval]
    )
    metadata = models.JSONField(_("metadata"), default=dict, blank=True, validators=[validators.metadata_object])
    last_health_check = models.DateTimeField(_("last health check"), null=True, blank=True, editable=False)
    registered_at = models.DateTimeField(_("registered at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("service instance")
        verbose_name_plural = _("service instances")
        ordering = ["registered_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["service", "instance_id"],
                name="services_instance_is_unique",
                violation_error_code="conflict",
                violation_error_message=_("This service already has an instance of this id."),
            ),
            models.CheckConstraint(condition=Q(port__gte=1, port__lte=65535), name="services_instance_port"),
            models.CheckConstraint(condition=Q(weight__gte=1, weight__lte=1000), name="services_instance_weight"),
            models.CheckConstraint(condition=Q(priority__lte=100), name="services_instance_tier"),
            models.CheckConstraint(
                condition=Q(lease_seconds__isnull=True) | Q(lease_seconds__gte=5, lease_seconds__lte=3600),
                name="services_instance_lease",
            ),
            models.CheckConstraint(condition=Q(status__in=InstanceStatus.values), name="services_instance_status"),
            models.CheckConstraint(condition=Q(protocol__in=Protocol.values), name="services_instance_protocol"),
            models.CheckConstraint(
                condition=Q(health_check_interval_seconds__gte=1, health_check_interval_seconds__lte=300),
                name="services_instance_interval",
            ),
        ]
        indexes = [models.Index(fields=["service", "status"], name="services_instance_by_status")]

    def __str__(self) -> str:
        return f"{self.instance_id} ({self.endpoint})"

    @property
    def endpoint(self) -> str:
        """`protocol://host:port`, with brackets around an IPv6 address (G-201)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.protocol}://{host}:{self.port}"

    def clean(self) -> None:
        """Brings the host to its one spelling."""
        super().clean()
        self.host = normal_host(self.host or "")

    def definition(self) -> tuple[Any, ...]:
        """What makes a repeated registration identical (G-202); the status is the gateway's, not the caller's."""
        return (
            normal_host(self.host),
            self.port,
            self.protocol,
            self.weight,
            self.priority,
            self.lease_seconds,
            self.health_check_url,
            self.health_check_interval_seconds,
            self.metadata,
        )


def normal_host(host: str) -> str:
    """Lower case, without a final dot."""
    return host.lower().removesuffix(".")
