from __future__ import annotations

from benchmarks.machine import pss_kib

ROLLUP = """55d0-7ffe ---p 00000000 00:00 0    [rollup]
Rss:               13004 kB
Pss:                8112 kB
Pss_Anon:           6000 kB
"""


def test_the_proportional_set_size_is_read_and_not_its_parts() -> None:
    assert pss_kib(ROLLUP) == 8112
