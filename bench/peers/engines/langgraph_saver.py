"""LangGraph with its SQLite or PostgreSQL saver, `durability="sync"`: a step's checkpoint is stored before
the next step begins. One process, one event loop, as the library is used. It is no queue: no W3."""

import asyncio
import time
import uuid
from contextlib import asynccontextmanager
from typing import TypedDict

import measure
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt

S = measure.settings()
JOURNAL = measure.Journal(S.journal)


class State(TypedDict):
    run: str
    text: str


def node(number):
    async def step(state: State):
        JOURNAL.note("T", state["run"], number)
        return {"text": state["text"]}

    return step


def ten_steps():
    graph = StateGraph(State)
    names = [f"s{n}" for n in range(measure.STEPS)]
    for number, name in enumerate(names):
        graph.add_node(name, node(number))
    for before, after in zip([START, *names], [*names, END]):
        graph.add_edge(before, after)
    return graph


def gate():
    async def ask(state: State):
        answer = interrupt({"approve": state["run"]})
        return {"text": answer}

    graph = StateGraph(State)
    graph.add_node("ask", ask)
    graph.add_edge(START, "ask")
    graph.add_edge("ask", END)
    return graph


@asynccontextmanager
async def saver():
    if S.db:
        from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
        from psycopg.rows import dict_row
        from psycopg_pool import AsyncConnectionPool

        options = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
        async with AsyncConnectionPool(S.db, min_size=10, max_size=10, kwargs=options) as pool:
            kept = AsyncPostgresSaver(pool)
            await kept.setup()
            yield kept
    else:
        from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

        async with AsyncSqliteSaver.from_conn_string(f"{S.folder}/langgraph.db") as kept:
            await kept.setup()
            await kept.conn.execute("PRAGMA synchronous=FULL")
            yield kept


def thread(run):
    return {"configurable": {"thread_id": run}}


async def invoke(graph, value, run):
    return await graph.ainvoke(value, thread(run), durability="sync")


async def steps(kept):
    graph = ten_steps().compile(checkpointer=kept)

    async def run():
        name = uuid.uuid4().hex
        end = await invoke(graph, {"run": name, "text": measure.TEXT}, name)
        assert end["text"] == measure.TEXT

    return await measure.closed_loop(run, S.callers, S.seconds)


async def waits(kept):
    graph = gate().compile(checkpointer=kept)
    ids = [f"wait-{n}" for n in range(S.count)]
    began = time.perf_counter()
    await measure.each(ids, lambda run: invoke(graph, {"run": run, "text": measure.TEXT}, run), S.callers)
    suspended = time.perf_counter() - began
    await measure.waiting_now()
    began = time.perf_counter()
    ended = []

    async def approve(run):
        end = await invoke(graph, Command(resume="yes"), run)
        ended.append(end["text"] == "yes")

    await measure.each(ids, approve, S.callers)
    approved = time.perf_counter() - began
    assert len(ended) == S.count and all(ended)
    return {"count": S.count, "suspend_s": suspended, "approve_s": approved}


async def crash(kept):
    graph = ten_steps().compile(checkpointer=kept)

    async def known(run):
        state = await graph.aget_state(thread(run))
        return bool(state.next) or bool(state.values)

    async def resume(run):
        if (await graph.aget_state(thread(run))).next:
            await invoke(graph, None, run)

    await measure.crash_runs(
        JOURNAL, S.count, S.callers,
        lambda run: invoke(graph, {"run": run, "text": measure.TEXT}, run), known, resume,
    )  # fmt: skip
    return {"count": S.count}


async def main():
    async with saver() as kept:
        measure.say(result=await {"steps": steps, "waits": waits, "crash": crash}[S.act](kept))


asyncio.run(main())
