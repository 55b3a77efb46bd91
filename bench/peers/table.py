"""Figures of all rounds as Markdown: medians, the spread where there were more rounds, ratios metel/peer."""

from statistics import median

from metel import ACTS

DASH = "—"
HEADS = {
    "W1": "W1, durable steps: runs of ten sequential steps",
    "W2": "W2, waiting runs: all suspended on an approval, then all approved",
    "W3": "W3, queue: no-op durable jobs, enqueued and processed",
    "W4": "W4, crash: kill -9 in the middle of W1 at 64 callers",
}
TIE = 1.7


def number(value):
    if value is None:
        return DASH
    if value and abs(value) < 10:
        return f"{value:.1f}"
    return f"{value:,.0f}"


def spread(rows, key):
    values = [row[key] for row in rows if row.get(key) is not None]
    if not values:
        return DASH
    if min(values) == max(values):
        return number(values[0])
    return f"{number(median(values))} ({number(min(values))} to {number(max(values))})"


def middle(rows, key):
    values = [row[key] for row in rows or [] if row.get(key) is not None]
    return median(values) if values else None


def ratio(ours, theirs):
    if not ours or not theirs:
        return DASH
    said = ours / theirs
    words = f"{said:,.0f}x" if said >= 10 else f"{said:.1f}x"
    return words + (" (a tie)" if 1 / TIE < said < TIE else "")


def lines(head, body):
    return ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"] + [
        "| " + " | ".join(row) + " |" for row in body
    ]


def printed(work, peers, callers, found, metel_name, syncs):
    """`found[(who, callers or None)]` is the list of figures, one a round; metel is `metel-sqlite`, `metel-postgres`."""
    ours = lambda peer, c=None: found.get((f"metel-{'postgres' if peer.store == 'postgres' else 'sqlite'}", c))
    beside = lambda peer: "PostgreSQL" if peer.store == "postgres" else "SQLite"
    body = []
    if work == "W1":
        head = ["peer", "version", "callers", "steps/s", "a run, p50 / p99 ms", "metel on", "metel steps/s", "metel p50 / p99 ms", "metel/peer"]
        for c in callers:
            for peer in peers:
                rows, mine = found.get((peer.name, c)), ours(peer, c)
                if rows:
                    body.append([
                        peer.title, peer.version, str(c), spread(rows, "rate"), both(rows, "p50_ms", "p99_ms"), beside(peer),
                        spread(mine or [], "rate"), both(mine, "p50_ms", "p99_ms"), ratio(middle(mine, "rate"), middle(rows, "rate")),
                    ])  # fmt: skip
    elif work == "W2":
        head = ["peer", "version", "N", "all wait, s", "waits/s", "MiB meanwhile", "all approved and ended, s", "approvals/s",
                "metel waits/s", "metel/peer", "metel approvals/s", "metel/peer"]  # fmt: skip
        for peer in peers:
            rows, mine = found.get((peer.name, None)), ours(peer)
            if rows:
                body.append([
                    peer.title, peer.version, number(rows[0]["count"]), spread(rows, "suspend_s"), spread(rows, "suspend_rate"),
                    spread(rows, "mib"), spread(rows, "approve_s"), spread(rows, "approve_rate"),
                    spread(mine or [], "suspend_rate"), ratio(middle(mine, "suspend_rate"), middle(rows, "suspend_rate")),
                    spread(mine or [], "approve_rate"), ratio(middle(mine, "approve_rate"), middle(rows, "approve_rate")),
                ])  # fmt: skip
    elif work == "W3":
        head = ["peer", "version", "N", "jobs/s", "enqueue s + process s", "metel on", "metel jobs/s", "metel/peer"]
        for peer in peers:
            rows, mine = found.get((peer.name, None)), ours(peer)
            if rows:
                body.append([
                    peer.title, peer.version, number(rows[0]["count"]), spread(rows, "rate"), both(rows, "enqueue_s", "process_s", " + "),
                    beside(peer), spread(mine or [], "rate"), ratio(middle(mine, "rate"), middle(rows, "rate")),
                ])  # fmt: skip
    else:
        head = ["peer", "version", "runs", "interrupted", "lost", "steps run twice", "first step again, s", "interrupted runs ended, s",
                "metel lost / twice / s"]  # fmt: skip
        for peer in peers:
            rows, mine = found.get((peer.name, None)), ours(peer)
            if rows:
                body.append([
                    peer.title, peer.version, number(rows[0]["count"]), spread(rows, "interrupted"), spread(rows, "lost"),
                    spread(rows, "doubled"), spread(rows, "first_s"), spread(rows, "all_s"),
                    f"{number(middle(mine, 'lost'))} / {number(middle(mine, 'doubled'))} / {number(middle(mine, 'all_s'))}" if mine else DASH,
                ])  # fmt: skip
    if not body:
        return [f"### {HEADS[work]}", "", "No peer was measured."]
    disk = spread([{"rate": rate} for rate in syncs], "rate")
    words = f"metel {metel_name}: `metel bench {ACTS[work]}`. The disk itself, 4 KiB appended and synced: {disk} /s."
    return [f"### {HEADS[work]}", "", words, "", *lines(head, body)]


def both(rows, one, other, between=" / "):
    return f"{number(middle(rows, one))}{between}{number(middle(rows, other))}" if rows else DASH
