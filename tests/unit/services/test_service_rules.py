"""What a service may say of TLS towards its instances."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from services.models import RANGES, Service


def problems(**fields):
    service = Service(name="s", **fields)
    try:
        service.clean_fields()
    except ValidationError as error:
        return sorted(error.message_dict)
    return []


@pytest.mark.parametrize("name", ["", "api.example.com", "localhost", "10.0.0.1", "::1"])
def test_a_name_tls_can_look_for_is_taken(name):
    assert problems(tls_server_name=name) == []


@pytest.mark.parametrize("name", ["two words", ".", "a..b", "-a", "a/b", "a" * 64])
def test_a_name_no_certificate_can_hold_is_refused(name):
    assert problems(tls_server_name=name) == ["tls_server_name"]


@pytest.mark.parametrize("pem", ["not PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "é"])
def test_authorities_that_are_no_certificates_are_refused(pem):
    assert problems(tls_ca_pem=pem) == ["tls_ca_pem"]


@pytest.mark.parametrize("name", sorted(RANGES))
def test_both_ends_of_a_policys_range_are_taken_and_one_beyond_is_refused(name):
    lowest, highest = RANGES[name]
    whole = isinstance(lowest, int)
    step = 1 if whole else lowest / 2 or 0.5
    assert problems(**{name: lowest}) == problems(**{name: highest}) == []
    assert problems(**{name: lowest - step}) == problems(**{name: highest + (1 if whole else 0.5)}) == [name]
