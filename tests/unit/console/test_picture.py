from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gateway_project.console.live.picture import BOX_HEIGHT, THICKEST, THINNEST, Leaf, Tie, drawn, thickness


def leaves(kind: str, count: int) -> list[Leaf]:
    return [Leaf(f"{kind} {number}", kind) for number in range(count)]


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 80))
def test_no_box_covers_another_and_all_lie_within_the_picture(routes: int, services: int, instances: int) -> None:
    picture = drawn([leaves("r", routes), leaves("s", services), leaves("i", instances)], [])
    assert len(picture.boxes) == routes + services + instances
    for kind in "rsi":
        column = sorted((box for box in picture.boxes if box.leaf.title == kind), key=lambda box: box.y)
        assert all(below.y - box.y >= BOX_HEIGHT for box, below in pairwise(column))
        assert all(
            0 <= box.y <= picture.height - BOX_HEIGHT and 0 <= box.x <= picture.width - box.width for box in column
        )


def test_a_line_leads_from_the_right_of_one_box_to_the_left_of_the_other() -> None:
    picture = drawn([leaves("r", 1), leaves("s", 1), []], [Tie("r 0", "s 0", 5.0, "good"), Tie("r 0", "gone", 5.0)])
    (line,), (route, service) = picture.lines, picture.boxes
    numbers = [int(number) for number in re.findall(r"\d+", line.path)]
    assert numbers[:2] == [route.x + route.width, route.y + BOX_HEIGHT // 2]
    assert numbers[-2:] == [service.x, service.y + BOX_HEIGHT // 2]
    assert (line.width, line.state) == (THICKEST, "good")


def test_more_traffic_is_a_thicker_line_and_none_the_thinnest() -> None:
    assert thickness(0, 0) == thickness(0, 1000) == THINNEST
    assert THINNEST < thickness(10, 1000) < thickness(100, 1000) < thickness(1000, 1000) == THICKEST
