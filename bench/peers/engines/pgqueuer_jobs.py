"""pgqueuer on PostgreSQL, its asyncpg driver, 500 jobs a dequeue: enqueue all in thousands, then process.
The time ends when no job is left in its table, so stored completions are in it. W3 only."""

import asyncio
import time

import asyncpg
import measure
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries

S = measure.settings()


async def main():
    driver = AsyncpgDriver(await asyncpg.connect(S.db))
    queries = Queries(driver)
    await queries.install()
    began = time.perf_counter()
    for first in range(0, S.count, 1000):
        size = min(1000, S.count - first)
        await queries.enqueue(["noop"] * size, [b"{}"] * size, [0] * size)
    enqueued = time.perf_counter() - began

    app = PgQueuer(driver)
    ran = 0

    @app.entrypoint("noop")
    async def noop(job):
        nonlocal ran
        ran += 1

    watch = await asyncpg.connect(S.db)
    began = time.perf_counter()
    work = asyncio.create_task(app.run(batch_size=500))
    while ran < S.count or await watch.fetchval("SELECT EXISTS (SELECT FROM pgqueuer)"):
        await asyncio.sleep(0.005)
        if work.done():
            work.result()
    processed = time.perf_counter() - began
    app.shutdown.set()
    measure.say(result={"count": S.count, "enqueue_s": enqueued, "process_s": processed})
    await asyncio.wait([work], timeout=5)


asyncio.run(main())
