"""No product: the least that a queue on PostgreSQL must do. Four connections claim a hundred jobs with SKIP
LOCKED, commit, then store their completion and commit. It shows what the database allows. W3 only."""

import asyncio
import time

import asyncpg
import measure

S = measure.settings()
WORKERS, BATCH = 4, 100
CLAIM = """
UPDATE job SET state = 1, attempt = attempt + 1 WHERE id IN
  (SELECT id FROM job WHERE state = 0 ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING id, payload
"""


async def main():
    lines = await asyncio.gather(*(asyncpg.connect(S.db) for _ in range(WORKERS)))
    await lines[0].execute(
        "CREATE TABLE job (id bigserial PRIMARY KEY, state smallint NOT NULL DEFAULT 0,"
        " attempt int NOT NULL DEFAULT 0, payload jsonb NOT NULL);"
        " CREATE INDEX ready ON job (id) WHERE state = 0"
    )
    began = time.perf_counter()
    for first in range(0, S.count, 1000):
        size = min(1000, S.count - first)
        await lines[0].execute("INSERT INTO job (payload) SELECT '{}' FROM generate_series(1, $1)", size)
    enqueued = time.perf_counter() - began

    async def work(line):
        ran = 0
        while ids := [row["id"] for row in await line.fetch(CLAIM, BATCH)]:
            ran += len(ids)
            await line.execute("UPDATE job SET state = 2 WHERE id = ANY($1)", ids)
        return ran

    began = time.perf_counter()
    ran = sum(await asyncio.gather(*(work(line) for line in lines)))
    processed = time.perf_counter() - began
    assert ran == S.count, f"{ran} of {S.count} ran"
    measure.say(result={"count": S.count, "enqueue_s": enqueued, "process_s": processed})


asyncio.run(main())
