"""What the user sees: tables and progress for people, one JSON document for programs.

Results go to standard output, everything else to standard error, so that a pipe gets results alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from gateway_client.api import Told


class Screen:
    """A terminal, or a pipe."""

    def __init__(self, as_json: bool = False, out: Console | None = None, notes: Console | None = None) -> None:
        self.as_json = as_json
        self.out = out or Console(highlight=False, markup=False, soft_wrap=not sys.stdout.isatty())
        self.notes = notes or Console(stderr=True, highlight=False, markup=False, soft_wrap=True)

    def document(self, value: Any) -> None:
        """JSON, as the API gave it."""
        self.raw(json.dumps(value, ensure_ascii=False, indent=2) + "\n")

    def raw(self, text: str) -> None:
        """Text that is the result itself: not wrapped, not coloured."""
        self.out.file.write(text)
        self.out.file.flush()

    def note(self, text: str, style: str = "") -> None:
        """A remark beside the result."""
        self.notes.print(Text(plain(text), style=style))

    def rows(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[str], title: str = "") -> None:
        """A table with these columns of each row; all of them in JSON."""
        if self.as_json:
            return self.document(list(rows))
        self.out.print(table(columns, ([row.get(name) for name in columns] for row in rows), title))
        return None

    def fields(self, content: Mapping[str, Any]) -> None:
        """One object: a name and a value a line."""
        if self.as_json:
            return self.document(dict(content))
        grid = Table.grid(padding=(0, 2))
        for name, value in content.items():
            grid.add_row(Text(name, style="bold"), Text(cell(value)))
        self.out.print(grid)
        return None

    @contextmanager
    def progress(self, what: str) -> Iterator[Told]:
        """A bar on standard error while something long runs; nothing where that is no terminal."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.notes, transient=True, disable=not self.notes.is_terminal) as progress:
            task = progress.add_task(what, total=None)
            yield lambda seen, total: progress.update(task, completed=seen, total=total)


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> Table:
    """Lines under their headings; numbers to the right."""
    made = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    filled = [list(row) for row in rows]
    for place, name in enumerate(columns):
        numbers = [row[place] for row in filled if row[place] is not None]
        is_number = bool(numbers) and all(isinstance(one, int | float) and not isinstance(one, bool) for one in numbers)
        made.add_column(name, justify="right" if is_number else "left", overflow="fold")
    for row in filled:
        made.add_row(*(Text(cell(one), style=STYLES.get(str(one), "")) for one in row))
    return made


STYLES = {"healthy": "green", "unhealthy": "red", "draining": "yellow", "open": "red", "half_open": "yellow"}


def cell(value: Any) -> str:
    """A value as a person reads it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, list) and not any(isinstance(one, Mapping | list) for one in value):
        return ", ".join(cell(one) for one in value)
    if isinstance(value, Mapping | list):
        return plain(json.dumps(value, ensure_ascii=False))
    return plain(str(value))


def plain(text: str) -> str:
    """Without what would command the terminal: what a client sent must not act here."""
    return "".join(one if one.isprintable() or one == "\n" else one.encode("unicode_escape").decode() for one in text)
