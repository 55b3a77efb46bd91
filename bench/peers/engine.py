"""One engine, one work, once: its servers are started, its script is run, its answer becomes figures, and
everything is ended again. The kill of W4 is done here too, from outside of the engine."""

import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import packages
import servers
from machine import Processes, memory_mib

HERE = Path(__file__).resolve().parent
ACTS = {"W1": "steps", "W2": "waits", "W3": "queue", "W4": "crash"}
STEPS = 10
KILL_AT = 0.4  # of all steps


class Failed(Exception):
    pass


def percentile(times, part):
    ordered = sorted(times)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


class Trial:
    def __init__(self, peer, home, data, postgres):
        self.peer, self.home, self.postgres = peer, home, postgres
        self.processes, self.worker = Processes(), None
        self.folder = Path(tempfile.mkdtemp(prefix=f"{peer.name}-", dir=data))
        self.log = self.folder / "log"
        self.log.touch()
        self.journal = self.folder / "journal"
        self.words = ["--folder", str(self.folder), "--journal", str(self.journal)]

    def __enter__(self):
        try:
            if self.peer.store == "postgres":
                self.words += ["--db", self.postgres.fresh()]
            if self.peer.server:
                start = servers.OWN[self.peer.server]
                self.words += ["--server", start(self.processes, self.home, self.folder, self.log)]
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        self.processes.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, act, *words):
        command = [packages.interpreter(self.peer, self.home), str(HERE / "engines" / self.peer.script), act]
        environment = {**os.environ, "PEER_HOME": str(self.home), "PYTHONDONTWRITEBYTECODE": "1"}
        process = self.processes.start(
            [*command, *self.words, *words], self.log, env=environment, cwd=self.folder,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        process.said = queue.Queue()

        def listen():
            for line in process.stdout:
                process.said.put(line)
            process.said.put(None)

        threading.Thread(target=listen, daemon=True).start()
        return process

    def heard(self, process, limit):
        """The next JSON line that the process says."""
        until = time.monotonic() + limit
        while True:
            try:
                line = process.said.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                raise Failed(f"no result within {limit:.0f} s") from None
            if line is None:
                raise Failed(self.last_words(process))
            if line.startswith("{"):
                return json.loads(line)

    def last_words(self, process):
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return f"ended with {process.wait(10)}: {lines[-1].strip()[:200] if lines else 'no words'}"

    def serve(self):
        worker = self.start("serve")
        if self.heard(worker, 60) != {"event": "ready"}:
            raise Failed("its worker did not get ready")
        return worker

    def steps(self, callers, seconds):
        if self.peer.serves and not self.worker:
            self.worker = self.serve()
        process = self.start("steps", "--callers", str(callers), "--seconds", str(seconds))
        result = self.heard(process, 300 + 3 * seconds)["result"]
        times = result["run_s"]
        if not times:
            raise Failed("no run ended")
        return {
            "callers": callers, "runs": len(times), "rate": len(times) * STEPS / result["spent_s"],
            "p50_ms": percentile(times, 0.5) * 1e3, "p99_ms": percentile(times, 0.99) * 1e3,
        }  # fmt: skip

    def waits(self, count):
        if self.peer.serves:
            self.serve()
        process = self.start("waits", "--count", str(count))
        if "event" not in self.heard(process, 900):
            raise Failed("it did not say that its runs wait")
        roots = [one.pid for one, _ in self.processes.all]
        if self.peer.store == "postgres":
            roots.append(self.postgres.process.pid)
        memory = memory_mib(roots)
        process.stdin.write("go\n")
        process.stdin.flush()
        result = self.heard(process, 900)["result"]
        return {
            **result, "mib": memory, "suspend_rate": result["count"] / result["suspend_s"],
            "approve_rate": result["count"] / result["approve_s"],
        }  # fmt: skip

    def queue(self, count):
        if self.peer.serves:
            self.serve()
        process = self.start("queue", "--count", str(count))
        result = self.heard(process, 900)["result"]
        return {**result, "rate": result["count"] / (result["enqueue_s"] + result["process_s"])}

    def crash(self, count, callers):
        words = ("--count", str(count), "--callers", str(callers))
        worker = self.serve() if self.peer.serves else None
        caller = self.start("crash", *words)
        victim = worker or caller
        self._until_steps(int(count * STEPS * KILL_AT), caller)
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait(10)
        killed = time.time() * 1e3
        if worker:
            self.serve()
        else:
            caller = self.start("crash", *words)
        self.heard(caller, 900)
        return {"count": count, **crash_figures(self.journal.read_text().splitlines(), killed)}

    def _until_steps(self, wanted, caller):
        until = time.monotonic() + 300
        steps, rest = 0, b""
        while not self.journal.exists():
            self._alive(caller, until)
        with open(self.journal, "rb") as lines:
            while steps < wanted:
                self._alive(caller, until)
                *whole, rest = (rest + lines.read()).split(b"\n")
                steps += sum(line.startswith(b"T ") for line in whole)

    def _alive(self, caller, until):
        if caller.poll() is not None:
            raise Failed(self.last_words(caller))
        if time.monotonic() > until:
            raise Failed("it never came to the moment of the kill")
        time.sleep(0.005)


def crash_figures(lines, killed_ms):
    """From the journal: runs that never ended, step bodies run again, seconds from the kill to the first
    step and to the last step of the runs that it interrupted."""
    started, ended, ran = {}, {}, {}
    for line in lines:
        kind, run, step, at = line.split()
        if kind == "S":
            started[run] = float(at)
        elif kind == "D":
            ended[run] = float(at)
        elif kind == "T":
            ran.setdefault((run, step), []).append(float(at))
    after = [at for times in ran.values() for at in times if at > killed_ms]
    last = max((step for _, step in ran), key=int, default="9")
    interrupted = {run for run, at in started.items() if at <= killed_ms and ended.get(run, killed_ms + 1) > killed_ms}
    finished = [at for run in interrupted for at in ran.get((run, last), [])]
    return {
        "interrupted": len(interrupted),
        "lost": len(set(started) - set(ended)),
        "doubled": sum(len(times) - 1 for times in ran.values()),
        "first_s": (min(after) - killed_ms) / 1e3 if after else None,
        "all_s": max(0.0, max(finished) - killed_ms) / 1e3 if finished else None,
    }
