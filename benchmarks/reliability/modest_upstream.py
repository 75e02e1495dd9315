"""As `upstream`, but the kernel takes little of an answer that nobody reads: `… .modest_upstream PORT NAME`.

Else it takes 2.6 MB a connection on loopback, which costs this machine the time that an instance elsewhere would spend.
"""

from __future__ import annotations

import asyncio
import sys

from benchmarks.reliability.upstream import main

UNSENT_BYTES = 64 * 1024

if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], UNSENT_BYTES))
