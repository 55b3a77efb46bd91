// graphile-worker on PostgreSQL with its local queue of 500 and batched completion: enqueue all in
// thousands, then process. The time ends when no job is left in its table. W3 only.
import { require, say, seconds, settings, sleep } from "./measure.mjs";
const { run, runMigrations } = require("graphile-worker");
const { Pool } = require("pg");

const S = settings();
const pool = new Pool({ connectionString: S.db, max: 20 });
const quiet = { debug() {}, info() {}, warn() {}, error: console.error };
const { Logger } = require("graphile-worker");
const logger = new Logger(() => (level, message) => quiet[level === "warning" ? "warn" : level]?.(message));

await runMigrations({ pgPool: pool, logger });
const ADD = `SELECT count(*) FROM graphile_worker.add_jobs(
  (SELECT array_agg(('noop', '{}'::json, null, null, null, null, null, null)::graphile_worker.job_spec)
     FROM generate_series(1, $1)))`;
let began = seconds();
for (let first = 0; first < S.count; first += 1000) await pool.query(ADD, [Math.min(1000, S.count - first)]);
const enqueued = seconds() - began;

let ran = 0;
began = seconds();
const runner = await run({
  pgPool: pool,
  logger,
  noHandleSignals: true,
  taskList: { noop: async () => void ran++ },
  preset: {
    worker: { concurrentJobs: 24, localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 },
  },
});
const LEFT = "SELECT EXISTS (SELECT FROM graphile_worker._private_jobs) AS some";
while (ran < S.count || (await pool.query(LEFT)).rows[0].some) await sleep(5);
const processed = seconds() - began;
say({ result: { count: S.count, enqueue_s: enqueued, process_s: processed } });
await runner.stop();
await pool.end();
