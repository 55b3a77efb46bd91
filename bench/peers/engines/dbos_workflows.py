"""DBOS on PostgreSQL: async workflows and steps, default pools. Its queue polls every 50 ms here (1 s by default)."""

import asyncio
import time

import measure
from dbos import DBOS, SetWorkflowID

S = measure.settings()
JOURNAL = measure.Journal(S.journal)
DBOS(
    config={
        "name": "bench",
        "system_database_url": S.db,
        "log_level": "ERROR",
        "application_version": "bench",
        "executor_id": "bench",
    }
)
seen = 0


@DBOS.step()
async def step(run: str, number: int, text: str) -> dict:
    JOURNAL.note("T", run, number)
    return {"text": text}


@DBOS.workflow()
async def ten_steps(run: str, text: str) -> str:
    for number in range(measure.STEPS):
        text = (await step(run, number, text))["text"]
    return text


@DBOS.workflow()
async def gate(text: str) -> str:
    global seen
    seen += 1
    return await DBOS.recv_async("approval", timeout_seconds=3600)


@DBOS.workflow()
async def job(number: int) -> None:
    global seen
    seen += 1


async def all_seen():
    while seen < S.count:
        await asyncio.sleep(0.005)


async def steps():
    async def run():
        assert await ten_steps("", measure.TEXT) == measure.TEXT

    return await measure.closed_loop(run, S.callers, S.seconds)


async def waits():
    handles = {}

    async def start(run):
        with SetWorkflowID(run):
            handles[run] = await DBOS.start_workflow_async(gate, measure.TEXT)

    ids = [f"wait-{n}" for n in range(S.count)]
    began = time.perf_counter()
    await measure.each(ids, start, S.callers)
    await all_seen()
    suspended = time.perf_counter() - began
    await measure.waiting_now()
    began = time.perf_counter()
    await measure.each(ids, lambda run: DBOS.send_async(run, "yes", "approval"), S.callers)
    answers = await asyncio.gather(*(handle.get_result() for handle in handles.values()))
    approved = time.perf_counter() - began
    assert answers == ["yes"] * S.count
    return {"count": S.count, "suspend_s": suspended, "approve_s": approved}


async def queue():
    await DBOS.register_queue_async("jobs", polling_interval_sec=0.05)
    began = time.perf_counter()
    await measure.each(range(S.count), lambda n: DBOS.enqueue_workflow_async("jobs", job, n), S.callers)
    enqueued = time.perf_counter() - began
    await all_seen()
    total = time.perf_counter() - began
    return {"count": S.count, "enqueue_s": enqueued, "process_s": total - enqueued}


async def crash():
    async def start(run):
        with SetWorkflowID(run):
            await ten_steps(run, measure.TEXT)

    async def known(run):
        return await DBOS.get_workflow_status_async(run) is not None

    async def resume(run):  # launch() has begun to recover it by itself
        handle = await DBOS.retrieve_workflow_async(run)
        await handle.get_result()

    await measure.crash_runs(JOURNAL, S.count, S.callers, start, known, resume)
    return {"count": S.count}


async def main():
    DBOS.launch()
    measure.say(result=await {"steps": steps, "waits": waits, "queue": queue, "crash": crash}[S.act]())
    DBOS.destroy()


asyncio.run(main())
