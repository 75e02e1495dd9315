"""A PostgreSQL server of a trial's own, which can be killed and started again on its port."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.processes import free_port, require_tool

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
"""Where Debian puts the programs that are not on the path."""


class Postgres:
    """A new cluster in `directory`; a context manager. It refuses to run as root, so root lends it a user."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self._data = directory / "postgres"
        self._data.mkdir(mode=0o700)
        self._as: Mapping[str, Any] = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(self._data, user.pw_uid, user.pw_gid)
            directory.chmod(0o711)
        self._run("initdb", "--pgdata", str(self._data), "--auth", "trust", "--username", "postgres", "--no-sync")
        self.start()

    @property
    def url(self) -> str:
        """For `DATABASE_URL`."""
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Begins, and waits until it answers; after a kill it recovers first."""
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        command = [_program("postgres"), "-D", str(self._data), "-p", str(self.port)]
        command += ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
        self.process = subprocess.Popen(
            command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, **self._as
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL to all of its processes."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        time.sleep(0.2)  # its shared memory is released when the last of them has gone

    def stop(self) -> None:
        """As `systemctl stop` does: sessions are ended, the port is closed."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run([_program(program), *arguments], cwd="/", check=True, stdout=subprocess.DEVNULL, **self._as)

    def __enter__(self) -> Postgres:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.kill()


def _program(name: str) -> str:
    if found := shutil.which(name, path=os.pathsep.join(map(str, PROGRAMS))):
        return found
    return require_tool(name, "install PostgreSQL")
