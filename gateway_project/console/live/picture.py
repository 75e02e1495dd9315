"""A picture of who leads where: columns of boxes and lines between them. Pure; lengths in units of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

WIDTH = 1000
BOX_WIDTH, BOX_HEIGHT = 270, 34
NOTE_WIDTH, EDGE = 78, 10
"""What a note takes of a box, and how far text stays from its edges."""
GAP = 8
THINNEST, THICKEST = 1.0, 9.0
COLUMNS = (0, (WIDTH - BOX_WIDTH) // 2, WIDTH - BOX_WIDTH)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A thing with its box: `title` on it, `note` at its right, `told` when somebody asks, `state` its colour."""

    key: str
    title: str
    note: str = ""
    told: str = ""
    state: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A leaf in its place."""

    leaf: Leaf
    x: int
    y: int
    width: int = BOX_WIDTH
    height: int = BOX_HEIGHT

    @property
    def title_width(self) -> int:
        """What is left for the title; a longer one is cut off."""
        return self.width - EDGE - (NOTE_WIDTH if self.leaf.note else 0)

    @property
    def note_end(self) -> int:
        """Where the note ends."""
        return self.x + self.width - EDGE

    @property
    def text_line(self) -> int:
        """On what the texts stand."""
        return self.y + self.height - 12


@dataclass(frozen=True, slots=True)
class Line:
    """A curve from the right of one box to the left of another, as the path of SVG."""

    path: str
    width: float
    state: str


@dataclass(frozen=True, slots=True)
class Tie:
    """One leads to the other, with so much of whatever makes it thick."""

    source: str
    target: str
    weight: float = 0.0
    state: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it."""

    width: int
    height: int
    boxes: list[Box]
    lines: list[Line]


def drawn(columns: Sequence[Sequence[Leaf]], ties: Sequence[Tie]) -> Picture:
    """Three columns, each spread over the height of the longest. A tie of what is in no column is left out."""
    height = max(max(map(len, columns)) * (BOX_HEIGHT + GAP), BOX_HEIGHT + GAP)
    boxes: dict[str, Box] = {}
    for x, leaves in zip(COLUMNS, columns, strict=True):
        share = height / max(len(leaves), 1)
        for place, leaf in enumerate(leaves):
            boxes[leaf.key] = Box(leaf, x, round(share * (place + 0.5) - BOX_HEIGHT / 2))
    most = max((tie.weight for tie in ties), default=0.0)
    lines = [
        Line(_curve(boxes[tie.source], boxes[tie.target]), thickness(tie.weight, most), tie.state)
        for tie in ties
        if tie.source in boxes and tie.target in boxes
    ]
    return Picture(WIDTH, round(height), list(boxes.values()), lines)


def thickness(weight: float, most: float) -> float:
    """By the order of magnitude: a hundredth of the traffic is still seen beside the whole."""
    if weight <= 0:
        return THINNEST
    return round(THINNEST + (THICKEST - THINNEST) * log10(1 + weight) / log10(1 + most), 1)


def _curve(source: Box, target: Box) -> str:
    x1, y1 = source.x + BOX_WIDTH, source.y + BOX_HEIGHT // 2
    x2, y2 = target.x, target.y + BOX_HEIGHT // 2
    middle = (x1 + x2) // 2
    return f"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}"
