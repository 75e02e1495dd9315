"""What the traffic was, hour by hour. Figures, not configuration: no write of theirs raises the revision."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from proxy.metering.buckets import DURATION_BOUNDS

BUCKETS = tuple(f"bucket_{place:02d}" for place in range(len(DURATION_BOUNDS) + 1))
"""Columns of the histogram of durations, in the order of `DURATION_BOUNDS`; the last is for what lies beyond."""
SUMS = ("requests", "errors", "seconds", "upstream_requests", "upstream_seconds", "bytes_in", "bytes_out", *BUCKETS)
"""Every column that is a figure."""


class RouteHour(models.Model):
    """The requests of one route in one hour, as one run of one node counted them.

    A run writes its own rows with the figures it has so far, so writing again adds nothing, and a figure is the sum
    over all rows. Names are kept as they were: a route that is renamed or deleted leaves its past.
    """

    hour = models.DateTimeField(_("hour"))
    source = models.CharField(_("counted by"), max_length=32)
    service = models.CharField(_("service"), max_length=100, blank=True)
    route = models.CharField(_("route"), max_length=100)
    requests = models.BigIntegerField(_("requests"))
    errors = models.BigIntegerField(_("errors"))
    seconds = models.FloatField(_("seconds"))
    upstream_requests = models.BigIntegerField(_("requests to instances"))
    upstream_seconds = models.FloatField(_("seconds of instances"))
    bytes_in = models.BigIntegerField(_("bytes in"))
    bytes_out = models.BigIntegerField(_("bytes out"))
    bucket_00 = models.BigIntegerField()
    bucket_01 = models.BigIntegerField()
    bucket_02 = models.BigIntegerField()
    bucket_03 = models.BigIntegerField()
    bucket_04 = models.BigIntegerField()
    bucket_05 = models.BigIntegerField()
    bucket_06 = models.BigIntegerField()
    bucket_07 = models.BigIntegerField()
    bucket_08 = models.BigIntegerField()
    bucket_09 = models.BigIntegerField()
    bucket_10 = models.BigIntegerField()
    bucket_11 = models.BigIntegerField()
    bucket_12 = models.BigIntegerField()
    bucket_13 = models.BigIntegerField()
    bucket_14 = models.BigIntegerField()

    class Meta:
        verbose_name = _("hour of a route")
        verbose_name_plural = _("hours of routes")
        constraints = [
            models.UniqueConstraint(fields=["hour", "service", "route", "source"], name="route_hour_once"),
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:00} {self.route}"
