"""What every Python engine here shares: the settings it is given, a closed loop of callers, a journal
of what ran, and how figures go back to `bench/peers/run`. It measures nothing by itself and knows no engine."""

import argparse
import asyncio
import json
import os
import sys
import time

STEPS = 10
TEXT = "x" * 180


def settings():
    """The one command line of all engines; each uses what it needs."""
    p = argparse.ArgumentParser()
    p.add_argument("act", choices=["steps", "waits", "queue", "crash", "serve"])
    p.add_argument("--callers", type=int, default=64)
    p.add_argument("--seconds", type=float, default=5.0)
    p.add_argument("--count", type=int, default=100, help="waiting runs, jobs or runs to crash")
    p.add_argument("--db", help="address of a fresh PostgreSQL database")
    p.add_argument("--folder", help="an empty folder on the measured disk")
    p.add_argument("--server", help="host:port of the engine's own server")
    p.add_argument("--journal", help="file that remembers what ran, across a kill")
    return p.parse_args()


def say(**what):
    print(json.dumps(what), flush=True)


async def waiting_now():
    """All runs wait: let `run` look at the memory, go on when it says so. Not part of any time."""
    say(event="waiting")
    await asyncio.to_thread(sys.stdin.readline)


async def each(items, act, width):
    """Calls `act(item)` for every item, `width` at a time."""
    left = iter(items)

    async def caller():
        for item in left:
            await act(item)

    await asyncio.gather(*(caller() for _ in range(width)))


async def closed_loop(run, callers, seconds):
    """`callers` start a run and wait for its end, again and again. One run each warms up first.
    Runs under way at the deadline are finished and counted, with the time that they take."""
    await asyncio.gather(*(run() for _ in range(callers)))
    times = []
    began = time.perf_counter()

    async def caller():
        while True:
            at = time.perf_counter()
            if at - began >= seconds:
                return
            await run()
            times.append(time.perf_counter() - at)

    await asyncio.gather(*(caller() for _ in range(callers)))
    return {"run_s": times, "spent_s": time.perf_counter() - began}


class Journal:
    """Appended lines that outlive a killed process: `kind id step milliseconds`. Kinds: S a run was
    started, T a step's body ran, D the caller saw the run's end, L the engine no longer knows a run that
    had run a step, W a run waits, J a job or run ended. One write(2) a line, so a kill tears none."""

    def __init__(self, path):
        self.file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND) if path else None
        self.at, self.rest = 0, b""

    def note(self, kind, run, step=0):
        if self.file is not None:
            os.write(self.file, f"{kind} {run} {step} {time.time() * 1e3:.1f}\n".encode())

    def news(self):
        """Lines since the last call, as lists of words."""
        data = self.rest + os.pread(self.file, 1 << 20, self.at)
        self.at += len(data) - len(self.rest)
        lines = data.split(b"\n")
        self.rest = lines.pop()
        return [line.decode().split() for line in lines]

    def of(self, *kinds):
        """Ids by kind, from the start of the file."""
        found = {kind: set() for kind in kinds}
        with open(f"/proc/self/fd/{self.file}", "rb") as whole:
            for line in whole.read().decode().splitlines():
                kind, run = line.split()[:2]
                if kind in found:
                    found[kind].add(run)
        return [found[kind] for kind in kinds]

    async def until(self, kind, count):
        """Waits until `count` different ids were noted as `kind`."""
        seen = set()
        while len(seen) < count:
            seen.update(words[1] for words in self.news() if words[0] == kind)
            if len(seen) < count:
                await asyncio.sleep(0.005)


async def crash_runs(journal, count, callers, start, known, resume, limit=300):
    """The caller's side of a crash: every run is started once, whichever process does it. After a kill,
    runs that were started and not seen to end are resumed with `resume(id)` if `known(id)`. A run that
    does not end within `limit` seconds stays without its D line and so counts as lost."""
    started, done, touched = journal.of("S", "D", "T")

    async def one(run):
        if run in done:
            return
        if run in started and await known(run):
            work = resume(run)
        elif run in touched:
            journal.note("L", run)
            return
        else:
            journal.note("S", run)
            work = start(run)
        try:
            await asyncio.wait_for(work, limit)
        except TimeoutError:
            return
        journal.note("D", run)

    ids = [f"crash-{n}" for n in range(count)]
    await each(sorted(ids, key=lambda run: run not in started), one, callers)
