"""A picture of a run: `python -m benchmarks … --plot FILE.svg` calls this in the environment that has matplotlib.

Standard input is JSON: scenario name → gateway's name → requests a second, one number a round.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.processes import BenchmarkError

ROOT = Path(__file__).parents[1]
OURS, OTHERS = "#0b7285", ("#868e96", "#adb5bd", "#ced4da", "#dee2e6", "#e9ecef")

Rates = Mapping[str, Mapping[str, Sequence[float]]]


def draw(rates: Rates, path: Path) -> None:
    """Bars of the medians with lines from the least to the most, a group a scenario. Raises `BenchmarkError`."""
    python = ROOT / ".venv-bench" / "bin" / "python"
    if not python.exists():
        raise BenchmarkError("the picture needs .venv-bench: run `make bench` once")
    command = [str(python), "-m", "benchmarks.plot", str(path.absolute())]
    done = subprocess.run(command, input=json.dumps(rates), cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchmarkError(f"the picture could not be drawn:\n{done.stderr}")


def main(path: Path, rates: Rates) -> None:
    """Writes the picture; its text stays text."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "gateway"  # the same figures make the same file
    mpl.rcParams["font.family"] = "sans-serif"
    mpl.rcParams["svg.fonttype"] = "none"
    from matplotlib import pyplot

    names = list(dict.fromkeys(name for peers in rates.values() for name in peers))
    figure, axes = pyplot.subplots(figsize=(9, 0.28 * len(names) * len(rates) + 1), layout="constrained")
    height = 0.8 / len(names)
    for place, name in enumerate(names):
        colour = OURS if name.startswith("this gateway") else OTHERS[place % len(OTHERS)]
        rows = [(row, peers[name]) for row, peers in enumerate(rates.values()) if name in peers]
        middles = [row + (place - (len(names) - 1) / 2) * height for row, _rounds in rows]
        medians = [statistics.median(rounds) for _row, rounds in rows]
        spread = [
            [middle - min(rounds) for middle, (_row, rounds) in zip(medians, rows, strict=True)],
            [max(rounds) - middle for middle, (_row, rounds) in zip(medians, rows, strict=True)],
        ]
        axes.barh(middles, medians, height * 0.92, xerr=spread, color=colour, ecolor="#495057", label=name)
    axes.set_yticks(range(len(rates)), list(rates))
    axes.invert_yaxis()
    axes.set_xlabel("requests a second on one core: median, least and most")
    axes.xaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:,.0f}"))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(names))
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.load(sys.stdin))
