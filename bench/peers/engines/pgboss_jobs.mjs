// pg-boss on PostgreSQL: 8 workers of 500 jobs a batch, polling every 0.5 s, the least it allows. Enqueue all
// in thousands, then process. The time ends when every job is stored as completed. W3 only.
import { require, say, seconds, settings, sleep } from "./measure.mjs";
const PgBoss = require("pg-boss");

const S = settings();
const boss = new PgBoss({ connectionString: S.db, max: 20, supervise: false, schedule: false });
boss.on("error", (fault) => console.error(fault));
await boss.start();
await boss.createQueue("noop");
let began = seconds();
for (let first = 0; first < S.count; first += 1000) {
  const size = Math.min(1000, S.count - first);
  await boss.insert(Array.from({ length: size }, () => ({ name: "noop", data: {} })));
}
const enqueued = seconds() - began;

let ran = 0;
began = seconds();
for (let n = 0; n < 8; n++) {
  await boss.work("noop", { batchSize: 500, pollingIntervalSeconds: 0.5 }, async (jobs) => void (ran += jobs.length));
}
const left = async () => {
  const { rows } = await boss.getDb().executeSql("SELECT EXISTS (SELECT FROM pgboss.job WHERE name = 'noop' AND state < 'completed') AS some");
  return rows[0].some;
};
while (ran < S.count || (await left())) await sleep(5);
const processed = seconds() - began;
say({ result: { count: S.count, enqueue_s: enqueued, process_s: processed } });
await boss.stop({ graceful: false });
process.exit(0);
