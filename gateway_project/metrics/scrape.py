"""The exposition for scrapers: Prometheus text or OpenMetrics, whichever `Accept` asks for."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TypeVar

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from gateway_project.metrics.families import DURATION, FAMILIES, OVERHEAD, UPSTREAM_DURATION, Family
from gateway_project.metrics.samples import Labels, Samples
from gateway_project.rest.figures import Moment
from proxy.metering.buckets import DURATION_BOUNDS, OWN_BOUNDS

V = TypeVar("V")

BOUNDS = {DURATION: DURATION_BOUNDS, UPSTREAM_DURATION: DURATION_BOUNDS, OVERHEAD: OWN_BOUNDS}


class NodeCollector(Collector):
    """One moment of a node, as prometheus_client's families."""

    def __init__(self, samples: Samples, hidden: Collection[str] = ()) -> None:
        """`hidden`: services whose series are left out."""
        self._samples = samples
        self._hidden = hidden

    def collect(self) -> Iterator[Metric]:
        """Every family of `FAMILIES` in its order."""
        for family in FAMILIES:
            if family.kind == "histogram":
                yield _histogram(family, self._shown(family, self._samples.histograms[family]))
            else:
                kind = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
                metric = kind(family.name, family.help, labels=family.labels)
                for labels, value in sorted(self._shown(family, self._samples.values[family])):
                    metric.add_metric(labels, value)
                yield metric

    def _shown(self, family: Family, samples: Mapping[Labels, V]) -> Iterable[tuple[Labels, V]]:
        if not self._hidden or "service" not in family.labels:
            return samples.items()
        place = family.labels.index("service")
        return ((labels, value) for labels, value in samples.items() if labels[place] not in self._hidden)


def _histogram(family: Family, samples: Iterable[tuple[Labels, tuple[Sequence[float], float]]]) -> Metric:
    metric = HistogramMetricFamily(family.name, family.help, labels=family.labels)
    bounds = [*map(str, BOUNDS[family]), "+Inf"]
    for labels, (counts, seconds) in sorted(samples):
        metric.add_metric(labels, list(zip(bounds, accumulate(counts), strict=True)), seconds)
    return metric


def scrape(moment: Moment, accept: str, version: str, hidden: Collection[str] = ()) -> tuple[bytes, str]:
    """The text and its content type, without the series of the hidden services."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(NodeCollector(Samples(moment, time.time(), version), hidden))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type
