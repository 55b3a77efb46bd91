"""The machine itself: what it is, how busy it is, how fast its disk syncs, free ports, memory of processes,
and processes that are started here and ended here, by pid."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path


def described():
    memory = int(next(l for l in open("/proc/meminfo") if l.startswith("MemTotal")).split()[1]) / (1 << 20)
    names = [l.split(":", 1)[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")]
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {names[0] if names else 'unnamed processor'}"


def load():
    return os.getloadavg()[0]


def file_system(folder):
    """Type of the file system that holds `folder`."""
    best = ("", "unknown")
    for line in open("/proc/mounts"):
        _, where, kind = line.split()[:3]
        if (str(folder) + "/").startswith(where.rstrip("/") + "/") and len(where) >= len(best[0]):
            best = (where, kind)
    return best[1]


def syncs(folder, seconds=1.0):
    """Appends of 4 KiB a second, each followed by fdatasync."""
    path = Path(folder) / "probe"
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    block, count, began = b"\7" * 4096, 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        os.write(file, block)
        os.fdatasync(file)
        count += 1
    spent = time.perf_counter() - began
    os.close(file)
    path.unlink()
    return count / spent


def ports(count):
    """Ports on loopback that nobody uses now."""
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    found = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return found


def answers(port, limit, process):
    """Waits until something accepts on the port."""
    until = time.monotonic() + limit
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"ended at once with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"no answer on port {port} within {limit} s")


def memory_mib(roots):
    """Proportional set size of the processes and all below them: shared pages counted once."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                parents.setdefault(int(Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()[1]), []).append(int(entry))
            except OSError:
                pass
    total, todo, seen = 0, list(roots), set()
    while todo:
        pid = todo.pop()
        if pid in seen:
            continue
        seen.add(pid)
        todo += parents.get(pid, [])
        try:
            total += int(next(l for l in open(f"/proc/{pid}/smaps_rollup") if l.startswith("Pss:")).split()[1])
        except (OSError, StopIteration):
            pass
    return total / 1024


class Processes:
    """Each in a process group of its own; `end` stops one, `close` all that are left, last started first."""

    def __init__(self):
        self.all = []

    def start(self, command, log, stop=signal.SIGTERM, **options):
        with open(log, "ab") as words:
            process = subprocess.Popen(command, stderr=words, start_new_session=True, **{"stdout": words, **options})
        self.all.append((process, stop))
        return process

    def end(self, process):
        stop = next(how for one, how in self.all if one is process)
        self.all = [(one, how) for one, how in self.all if one is not process]
        for how, patience in ((stop, 10), (signal.SIGKILL, 10)):
            if process.poll() is None:
                self._send(process, how)
                try:
                    process.wait(patience)
                except subprocess.TimeoutExpired:
                    continue
        self._send(process, signal.SIGKILL)  # whatever it left in its group

    def close(self):
        for process, _ in reversed(list(self.all)):
            self.end(process)

    @staticmethod
    def _send(process, how):
        try:
            os.killpg(process.pid, how)
        except ProcessLookupError:
            pass
