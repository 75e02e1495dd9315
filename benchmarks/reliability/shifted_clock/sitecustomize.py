"""For Python with this directory on its PYTHONPATH: `time.time` is off by the seconds in the file $TRIAL_CLOCK.

So a clock can jump where libfaketime is not installed. The monotonic clock stays, as it does when somebody sets the
time; `datetime`, which asks the system itself, does not jump.
"""

import os
import time
from pathlib import Path

_real = time.time
_offset = Path(os.environ["TRIAL_CLOCK"])


def _shifted() -> float:
    return _real() + float(_offset.read_text())


time.time = _shifted
