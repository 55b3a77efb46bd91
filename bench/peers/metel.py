"""metel beside its peers, through its own `metel bench`. A bench that this build lacks, or that says other
words than those read here, leaves metel's column empty, and the notes say so."""

import json
import re
import subprocess

ACTS = {"W1": "steps", "W2": "waits", "W3": "queue", "W4": "crash"}


class Absent(Exception):
    pass


class Metel:
    def __init__(self, binary):
        self.binary = str(binary)
        self.version = self._call(["--version"], 20).strip().removeprefix("metel ")
        words = self._call(["bench", "--help"], 20)
        self.acts = set(re.findall(r"^  (\w+)\s", words.split("Commands:")[-1], re.M))

    def _call(self, words, limit):
        done = subprocess.run([self.binary, *words], capture_output=True, text=True, timeout=limit)
        if done.returncode:
            raise Absent(f"metel {' '.join(words[:2])}: {done.stderr.strip()[-200:]}")
        return done.stdout

    def measured(self, work, store, folder, db, seconds, callers, count):
        """What `metel bench` says, one dictionary a line of JSON."""
        act = ACTS[work]
        if act not in self.acts:
            raise Absent(f"this metel has no `bench {act}`")
        help_text = self._call(["bench", act, "--help"], 20)
        words = ["bench", act, "--json"]
        if "--folder" in help_text:
            words += ["--folder", str(folder)]
        if store == "postgres":
            words += ["--db", db]
        if "--seconds" in help_text:
            words += ["--seconds", str(seconds)]
        if "--concurrency" in help_text and work == "W1":
            words += ["--concurrency", ",".join(map(str, callers))]
        if "--count" in help_text:
            words += ["--count", str(count)]
        lines = self._call(words, 600 + 4 * seconds).splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


def figures(work, lines):
    """The same words as a peer's: a list of figures, with `callers` in W1."""
    try:
        if work == "W1":
            return [
                {"callers": l["concurrency"], "rate": l["steps_per_s"], "p50_ms": l["run_p50_ms"], "p99_ms": l["run_p99_ms"]}
                for l in lines
            ]
        last = lines[-1]
        if work == "W2":
            if last["approved"] != last["count"]:
                raise Absent(f"of {last['count']} runs only {last['approved']} waited")
            return [{
                "count": last["count"], "suspend_s": last["suspend_s"], "approve_s": last["approve_s"],
                "suspend_rate": last["count"] / last["suspend_s"], "approve_rate": last["count"] / last["approve_s"],
            }]  # fmt: skip
        if work == "W3":
            total = last["enqueue_s"] + last["process_s"]
            return [{"count": last["count"], "rate": last["count"] / total,
                     "enqueue_s": last["enqueue_s"], "process_s": last["process_s"]}]  # fmt: skip
        return [{key: last[key] for key in ("count", "lost", "doubled", "first_s", "all_s")}]
    except (KeyError, IndexError, TypeError, ZeroDivisionError) as fault:
        raise Absent(f"`metel bench {ACTS[work]} --json` says other words than are read here: {fault!r}") from fault
