"""What a row may name is what the data plane can do."""

from __future__ import annotations

from typing import get_args

from proxy.balancing import STRATEGIES
from routing import choices, spec
from services.balancing import LoadBalanceStrategy


def test_every_strategy_a_route_may_name_is_there_and_none_is_kept_from_it():
    assert set(LoadBalanceStrategy.values) == set(STRATEGIES)


def test_the_choices_of_rows_are_those_of_specs():
    assert set(choices.PathKind.values) == set(get_args(spec.PathKind))
    assert set(choices.PathHandling.values) == set(get_args(spec.PathHandling))
    assert set(choices.PermissionStrategy.values) == set(get_args(spec.PermissionStrategy))
