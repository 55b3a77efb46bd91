"""Temporal's development server with the Python SDK: `serve` is the worker (unsandboxed, default slots), the
other acts are the caller, in a process of their own. A W3 job is a workflow without an activity."""

import asyncio
import time
import uuid
from datetime import timedelta

import measure
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

S = measure.settings()
JOURNAL = measure.Journal(S.journal)
QUEUE = "bench"


@activity.defn
async def step(given: dict) -> dict:
    JOURNAL.note("T", given["run"], given["number"])
    return {"text": given["text"]}


@workflow.defn
class TenSteps:
    @workflow.run
    async def run(self, run: str, text: str) -> str:
        for number in range(measure.STEPS):
            given = {"run": run, "number": number, "text": text}
            text = (await workflow.execute_activity(step, given, start_to_close_timeout=timedelta(seconds=10)))["text"]
        return text


@workflow.defn
class Gate:
    def __init__(self) -> None:
        self.answer = ""

    @workflow.run
    async def run(self, text: str) -> str:
        JOURNAL.note("W", workflow.info().workflow_id)
        await workflow.wait_condition(lambda: self.answer != "")
        return self.answer

    @workflow.signal
    def approve(self, answer: str) -> None:
        self.answer = answer


@workflow.defn
class Job:
    @workflow.run
    async def run(self, number: int) -> None:
        return None


async def serve(client):
    worker = Worker(
        client, task_queue=QUEUE, workflows=[TenSteps, Gate, Job], activities=[step],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )  # fmt: skip
    measure.say(event="ready")
    await worker.run()


async def steps(client):
    async def run():
        name = uuid.uuid4().hex
        end = await client.execute_workflow(TenSteps.run, args=[name, measure.TEXT], id=name, task_queue=QUEUE)
        assert end == measure.TEXT

    return await measure.closed_loop(run, S.callers, S.seconds)


async def waits(client):
    handles = []

    async def start(run):
        handles.append(await client.start_workflow(Gate.run, measure.TEXT, id=run, task_queue=QUEUE))

    began = time.perf_counter()
    await measure.each([f"wait-{n}" for n in range(S.count)], start, S.callers)
    await JOURNAL.until("W", S.count)
    suspended = time.perf_counter() - began
    await measure.waiting_now()
    began = time.perf_counter()

    async def approve(handle):
        await handle.signal(Gate.approve, "yes")
        assert await handle.result() == "yes"

    await measure.each(handles, approve, S.callers)
    return {"count": S.count, "suspend_s": suspended, "approve_s": time.perf_counter() - began}


async def queue(client):
    handles = []

    async def start(number):
        handles.append(await client.start_workflow(Job.run, number, id=f"job-{number}", task_queue=QUEUE))

    began = time.perf_counter()
    await measure.each(range(S.count), start, S.callers)
    enqueued = time.perf_counter() - began
    await measure.each(handles, lambda handle: handle.result(), S.callers)
    total = time.perf_counter() - began
    return {"count": S.count, "enqueue_s": enqueued, "process_s": total - enqueued}


async def crash(client):
    async def start(run):
        await client.execute_workflow(TenSteps.run, args=[run, measure.TEXT], id=run, task_queue=QUEUE)

    async def known(run):
        return False  # the caller is not killed, it starts every run once

    await measure.crash_runs(JOURNAL, S.count, S.callers, start, known, start)
    return {"count": S.count}


async def main():
    client = await Client.connect(S.server)
    if S.act == "serve":
        await serve(client)
    else:
        measure.say(result=await {"steps": steps, "waits": waits, "queue": queue, "crash": crash}[S.act](client))


asyncio.run(main())
