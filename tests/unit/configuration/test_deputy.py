from __future__ import annotations

import pytest

from configuration.changesets.deputy import within
from permissions.standing import EVERYTHING, NOBODY, Standing

OPERATOR = Standing(operator=True, teams=frozenset({1, 2}))


@pytest.mark.parametrize(
    ("kept", "now", "both"),
    [
        (EVERYTHING, EVERYTHING, EVERYTHING),
        (EVERYTHING, OPERATOR, OPERATOR),
        (OPERATOR, EVERYTHING, OPERATOR),
        (OPERATOR, NOBODY, NOBODY),
        (EVERYTHING, NOBODY, NOBODY),
        (OPERATOR, Standing(teams=frozenset({1})), Standing(teams=frozenset({1}))),
        (OPERATOR, Standing(operator=True, teams=frozenset({2, 3})), Standing(operator=True, teams=frozenset({2}))),
    ],
)
def test_a_deputy_may_what_its_author_might_and_still_may(kept, now, both):
    assert within(kept, now) == both
