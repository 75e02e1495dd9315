"""Rows put back as documents have them (G-500)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from revisions import stored
from revisions.current import current_revision
from revisions.documents import document_of
from revisions.models import RevisionItem
from revisions.restore import restore_configuration
from routing.models import Route
from services.models import ServiceInstance
from tests.common.factories import make_instance, make_route, make_service

pytestmark = pytest.mark.django_db


def test_g500_every_kind_of_value_comes_back_as_it_was():
    metadata = {"a": None, "é中": [1.5, True, {"b": "\\"}], "c": "%s {'"}
    instance = make_instance("s", metadata=metadata, last_health_check=timezone.now())
    document = document_of(ServiceInstance.objects.get())
    stored.remove(ServiceInstance, [instance.pk])
    stored.insert(ServiceInstance, [document])
    assert document_of(ServiceInstance.objects.get()) == document


def test_g500_a_column_that_is_younger_than_the_document_has_its_default():
    route = make_route("/a", service="s", timeout_seconds=7, labels={"a": "b"})
    young = {"timeout_seconds", "labels", "rewrite", "path_handling"}
    document = {name: value for name, value in document_of(route).items() if name not in young}
    stored.remove(Route, [route.pk])
    stored.insert(Route, [document])
    row = Route.objects.get()
    assert (row.timeout_seconds, row.labels, row.rewrite, row.path_handling) == (30, {}, None, "refuse")


def test_g500_a_restore_of_many_rows_takes_the_statements_of_one_of_few():
    def statements(count: int) -> int:
        Route.objects.bulk_create(
            Route(service=make_service("s"), path_pattern=f"/{count}/{number}", duplicate_key=f"{count} {number}")
            for number in range(count)
        )
        number = current_revision()
        Route.objects.update(timeout_seconds=count)
        with CaptureQueriesContext(connection) as captured:
            assert restore_configuration(number)["update"] >= count
        items = RevisionItem.objects.filter(revision=current_revision()).order_by("pk")
        assert [one.before["timeout_seconds"] for one in items] == [count] * Route.objects.count()
        return len(captured)

    assert statements(3) == statements(300)
