"""The servers that engines need: PostgreSQL (Debian's packages, as another user than root), Restate's and
Temporal's own. Durability stays as each ships it, on; everything listens on loopback only."""

import glob
import os
import shutil
import signal
import subprocess
import time

from machine import answers, ports


class Postgres:
    def __init__(self, processes, folder):
        self.processes, self.folder = processes, folder / "postgres"
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda p: float(p.split("/")[-2]))
        if not found and not shutil.which("initdb"):
            raise RuntimeError("PostgreSQL is not installed: scripts/setup test, or apt-get install postgresql")
        self.bin = found[-1] if found else os.path.dirname(shutil.which("initdb"))
        self.folder.mkdir()
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self.as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
        (self.port,) = ports(1)
        data, log = str(self.folder / "data"), folder / "postgres.log"
        make = ["initdb", "-U", "bench", "-A", "trust", "-E", "UTF8", "--no-locale", "-D", data]
        self._call([*self.as_user, f"{self.bin}/{make[0]}", *make[1:]])
        given = {
            "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
            "shared_buffers": "512MB", "max_connections": "200",
        }  # fmt: skip
        words = [word for key, value in given.items() for word in ("-c", f"{key}={value}")]
        self.process = processes.start(
            [*self.as_user, f"{self.bin}/postgres", "-D", data, "-k", str(self.folder),
             "-p", str(self.port), "-h", "127.0.0.1", *words],
            log, stop=signal.SIGINT, cwd=self.folder,
        )  # fmt: skip
        for _ in range(400):
            if subprocess.run([f"{self.bin}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode == 0:
                break
            time.sleep(0.05)
        self.version = self._call([f"{self.bin}/postgres", "--version"]).split()[2]

    def _call(self, command):
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise RuntimeError(f"{command[-1]}: {done.stderr.strip()[-300:]}")
        return done.stdout

    def _psql(self, words):
        at = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "bench", "-d", "postgres"]
        self._call([f"{self.bin}/psql", *at, "-q", "-v", "ON_ERROR_STOP=1", "-c", words])

    def fresh(self):
        """Address of the one database, made anew and empty; what came before is on disk."""
        self._psql("DROP DATABASE IF EXISTS bench WITH (FORCE)")
        self._psql("CREATE DATABASE bench")
        self._psql("CHECKPOINT")
        return f"postgresql://bench@127.0.0.1:{self.port}/bench"


def restate(processes, home, folder, log):
    """Starts it; `ingress:admin:service`, three ports. 24 partitions, one replica, its log synced: its defaults."""
    node, ingress, admin, service = ports(4)
    settings = folder / "restate.toml"
    settings.write_text(
        f'node-name = "bench"\nbase-dir = "{folder}"\nlog-filter = "warn"\n'
        f'bind-address = "127.0.0.1:{node}"\nadvertised-address = "http://127.0.0.1:{node}"\n'
        f'[admin]\nbind-address = "127.0.0.1:{admin}"\n[ingress]\nbind-address = "127.0.0.1:{ingress}"\n'
    )
    command = [str(home / "node_modules/.bin/restate-server"), "--config-file", str(settings)]
    words = {**os.environ, "DO_NOT_TRACK": "1", "RESTATE_DISABLE_TELEMETRY": "true"}
    process = processes.start(command, log, env=words, cwd=folder)
    answers(ingress, 60, process)
    answers(admin, 60, process)
    return f"{ingress}:{admin}:{service}"


def temporal(processes, home, folder, log):
    """Starts it; `host:port`. The development server with its SQLite file, rollback journal as installed."""
    port, http, metrics = ports(3)
    command = [
        str(home / "venv/bin/temporal"), "server", "start-dev", "--headless", "--ip", "127.0.0.1",
        "--port", str(port), "--http-port", str(http), "--metrics-port", str(metrics),
        "--db-filename", str(folder / "temporal.db"), "--log-level", "error",
    ]  # fmt: skip
    process = processes.start(command, log, cwd=folder)
    answers(port, 60, process)
    time.sleep(1)  # it accepts before its namespace is there
    return f"127.0.0.1:{port}"


OWN = {"restate": restate, "temporal": temporal}
