"""GET /metrics by period, and for a scraper (G-260…G-263)."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from gateway_project.metrics.families import FAMILIES
from gateway_project.rest import figures
from gateway_project.rest.figures import Moment
from proxy.metering.hours import hour_of
from proxy.metering.meters import Meters
from proxy.metering.series import key
from proxy.rollup.writer import Counted
from tests.common.factories import make_hour, make_instance, make_route, make_service
from tests.unit.metering.test_meter import ended

OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
ROOT = Path(__file__).resolve().parents[2]


class Node:
    """A source of figures as a node's control process registers it."""

    def __init__(self) -> None:
        meters = Meters()
        users = meters.route('使用者 "users"', "user-service")
        for status, seconds in ((200, 0.02), (200, 0.004), (503, 0.3)):
            users.record(ended(status=status, upstream_seconds=seconds - 0.0004, bytes_out=85), "GET", seconds)
            meters.instance("user-service", "user-1").answered(status, seconds)
        users.record(ended(status=429, outcome="F42900", instance=None), "POST", 0.0002)
        users.record(ended(status=200, outcome="cut", retries=1, bytes_in=9), "PUT", 0.1)
        meters.instance("user-service", "user-1").failed("reset")
        meters.unmatched.record(ended(status=404, outcome="F40400", instance=None), "GET", 0.0001)
        meters.counts = {"config_reloads": 4, "refused_requests": 2, "access_records_dropped": 0}
        self.moment = Moment(
            meters.counters(),
            {
                key("in_flight"): 3,
                key("config_revision", "worker-1"): 17,
                key("config_applied", "worker-1"): time.time() - 60,
                key("upstream_connections", "user-service", "user-1", "idle"): 2,
                key("target_healthy", "user-service", "user-1"): 1,
            },
        )

    def now(self) -> Moment:
        return self.moment

    def unwritten(self) -> Counted:
        return Counted("node", {hour_of(time.time()): dict(self.moment.counters)})  # type: ignore[arg-type]


@pytest.fixture
def node() -> Iterator[Node]:
    found = Node()
    figures.register(found)
    yield found
    figures.unregister()


def scraped(client, accept="text/plain"):
    response = client.get("/metrics", headers={"Accept": accept})
    assert response.status_code == 200
    return response


def values(client) -> dict[tuple[str, frozenset[str]], float]:
    found = {}
    for family in parse_text(scraped(client).content.decode()):
        for sample in family.samples:
            found[sample.name, frozenset(sample.labels.values())] = sample.value
    return found


def test_g262_a_scrape_needs_no_database(client, node):
    """The fixture `db` is not asked for: a query would fail the test."""
    response = scraped(client)
    assert response["Content-Type"].startswith("text/plain; version=")
    assert response["X-Gateway-Revision"] == "17"
    assert response.content.startswith(b"# HELP gateway_requests_total Total number of requests\n")
    assert response.content.endswith(b"\n")


def test_g262_the_families_say_what_was_counted(client, node):
    found = values(client)
    name = '使用者 "users"'
    assert found["gateway_requests_total", frozenset()] == 6
    assert found["gateway_errors_total", frozenset()] == 2
    assert (
        found[
            "gateway_http_requests_total",
            frozenset(
                (
                    name,
                    "user-service",
                    "GET",
                    "200",
                    "2xx",
                )
            ),
        ]
        == 2
    )
    assert (
        found[
            "gateway_http_requests_total",
            frozenset(
                (
                    "unmatched",
                    "",
                    "GET",
                    "404",
                    "4xx",
                )
            ),
        ]
        == 1
    )
    assert (
        found[
            "gateway_request_outcomes_total",
            frozenset(
                (
                    name,
                    "user-service",
                    "cut",
                )
            ),
        ]
        == 1
    )
    assert (
        found[
            "gateway_policy_denied_total",
            frozenset(
                (
                    name,
                    "user-service",
                    "rate_limit",
                    "F42900",
                )
            ),
        ]
        == 1
    )
    assert (
        found[
            "gateway_request_duration_seconds_bucket",
            frozenset(
                (
                    name,
                    "user-service",
                    "0.025",
                )
            ),
        ]
        == 3
    )
    assert (
        found[
            "gateway_request_duration_seconds_count",
            frozenset(
                (
                    name,
                    "user-service",
                )
            ),
        ]
        == 5
    )
    assert (
        found[
            "gateway_upstream_duration_seconds_count",
            frozenset(
                (
                    name,
                    "user-service",
                )
            ),
        ]
        == 4
    )
    assert (
        found[
            "gateway_overhead_duration_seconds_bucket",
            frozenset(
                (
                    name,
                    "user-service",
                    "0.0005",
                )
            ),
        ]
        == 4
    )
    assert (
        found[
            "gateway_bytes_total",
            frozenset(
                (
                    name,
                    "user-service",
                    "out",
                )
            ),
        ]
        == 255
    )
    assert (
        found[
            "gateway_upstream_retries_total",
            frozenset(
                (
                    name,
                    "user-service",
                )
            ),
        ]
        == 1
    )
    assert (
        found[
            "gateway_upstream_answers_total",
            frozenset(
                (
                    "user-service",
                    "user-1",
                    "5xx",
                )
            ),
        ]
        == 1
    )
    assert (
        found[
            "gateway_upstream_failures_total",
            frozenset(
                (
                    "user-service",
                    "user-1",
                    "reset",
                )
            ),
        ]
        == 1
    )
    assert found["gateway_workers", frozenset()] == 1
    assert found["gateway_config_revision", frozenset(("worker-1",))] == 17
    assert 59 < found["gateway_config_age_seconds", frozenset(("worker-1",))] < 90
    assert found["gateway_access_records_dropped_total", frozenset()] == 0


@pytest.mark.parametrize(("accept", "parse"), [("text/plain", parse_text), (OPENMETRICS, parse_openmetrics)])
def test_g262_both_formats_parse_and_hold_every_family(client, node, accept, parse):
    response = scraped(client, accept)
    assert response["Content-Type"].startswith(accept.partition(";")[0])
    found = {family.name: family for family in parse(response.content.decode())}
    for family in FAMILIES:
        assert (found[family.name].type, found[family.name].documentation) == (family.kind, family.help)


def test_g262_promtool_finds_nothing_to_complain_of(client, node):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    done = subprocess.run(
        [promtool, "check", "metrics"], input=scraped(client).content, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")


def test_g261_promtool_accepts_the_content_but_for_a_name_that_the_interface_description_gives(client, db):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    text = client.get("/metrics").json()["content"]["metrics"] + "\n"
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    complaint = "gateway_response_time_ms metric names should not contain abbreviated units"
    assert (done.stdout + done.stderr).strip() == complaint


def test_every_family_is_in_the_metrics_page_with_its_labels() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `gateway_")]
    assert sorted(line.split("`")[1] for line in rows) == sorted(family.shown for family in FAMILIES)
    for family in FAMILIES:
        (row,) = (line for line in rows if f"`{family.shown}`" in line)
        assert row.split("|")[3].strip() == ", ".join(family.labels), row


@pytest.mark.django_db
def test_g260_the_period_and_the_service_choose_what_is_counted(client):
    make_route("/a", service=make_service("user-service"))
    make_instance("user-service")
    make_hour(requests=10, errors=1, seconds=1.0)
    make_hour(5, requests=100, errors=2, seconds=1.0)
    make_hour(5, service="other", requests=1000, seconds=1.0)
    for query, requests, errors in (
        ("", 1110, 3),
        ("?hours=1", 10, 1),
        ("?hours=5", 10, 1),
        ("?hours=6", 1110, 3),
        ("?hours=168&service_name=user-service", 110, 3),
        ("?service_name=nobody", 0, 0),
    ):
        text = client.get(f"/metrics{query}").json()["content"]["metrics"]
        assert f"\ngateway_requests_total {requests}\n" in text, query
        assert f"\ngateway_errors_total {errors}\n" in text, query
    assert "gateway_active_routes 0" in text
    assert "gateway_healthy_instances 0" in text


@pytest.mark.django_db
def test_g263_groups_by_hour_are_complete_and_in_order(client):
    make_hour(requests=10, errors=1, seconds=0.5, upstream_requests=5, upstream_seconds=0.1, bytes_in=3, bytes_out=7)
    make_hour(2, requests=4, seconds=0.08)
    groups = client.get("/metrics?hours=4&group_by=hour").json()["content"]["groups"]
    assert [group["requests"] for group in groups] == [0, 4, 0, 10]
    times = [datetime.strptime(group.pop("time"), "%Y-%m-%d %H:%M:%S") for group in groups]  # noqa: DTZ007
    assert {(after - before).seconds for before, after in itertools.pairwise(times)} == {3600}
    assert groups[-1] == {
        "requests": 10,
        "errors": 1,
        "average_ms": 50.0,
        "upstream_average_ms": 20.0,
        "p50_ms": 17.5,
        "p95_ms": 24.25,
        "p99_ms": 24.85,
        "bytes_in": 3,
        "bytes_out": 7,
    }
    assert groups[0]["average_ms"] == groups[0]["p99_ms"] == 0


@pytest.mark.django_db
def test_g263_groups_by_day_are_days_of_the_gateways_time_zone(client, settings):
    settings.TIME_ZONE = "Asia/Taipei"
    for ago in range(72):
        make_hour(ago, requests=1)
    groups = client.get("/metrics?hours=72&group_by=day").json()["content"]["groups"]
    assert sum(group["requests"] for group in groups) == 72
    assert {group["time"][11:] for group in groups} == {"00:00:00"}
    assert [group["requests"] for group in groups[1:-1]] == [24] * (len(groups) - 2)


@pytest.mark.django_db
def test_g261_what_no_row_holds_yet_is_counted_already(client, node):
    make_hour(requests=10)
    text = client.get("/metrics").json()["content"]["metrics"]
    assert "\ngateway_requests_total 16\n" in text


@pytest.mark.django_db
def test_g260_a_scraper_may_ask_for_a_period_too(client):
    make_hour(requests=10)
    response = client.get("/metrics?hours=1", headers={"Accept": "text/plain"})
    assert response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert b"\ngateway_requests_total 10\n" in response.content


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("hours=0", "hours"),
        ("hours=169", "hours"),
        ("hours=x", "hours"),
        ("group_by=week", "group_by"),
        ("service_name=", "service_name"),
        ("service_name=%00", "service_name"),
        ("service_name=" + "a" * 101, "service_name"),
        ("x=1", "x"),
    ],
)
def test_g260_what_is_out_of_range_is_refused_by_name(client, query, field):
    response = client.get(f"/metrics?{query}")
    assert (response.status_code, list(response.json()["content"]["errors"])) == (400, [field])


@pytest.mark.django_db
def test_g263_a_week_is_answered_in_one_query_of_rows(client, django_assert_num_queries):
    for ago in range(50):
        make_hour(ago, requests=1)
    with django_assert_num_queries(4):  # the hours, the routes, the instances, and the revision of the header
        client.get("/metrics?hours=168&group_by=day")
