// Restate with its TypeScript SDK: `serve` is the service that the server calls, the other acts are the caller,
// in a process of its own, one HTTP request for each run, answer or job. W3 jobs are one-way calls.
import http from "node:http";
import http2 from "node:http2";
import { Journal, STEPS, TEXT, closedLoop, each, require, say, seconds, settings, sleep, waitingNow } from "./measure.mjs";

Promise.withResolvers ??= function () {
  const made = {};
  made.promise = new this((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
};

const S = settings();
const journal = new Journal(S.journal);
// --server is ingress:admin:service, three ports on loopback
const [ingress, admin, port] = S.server.split(":").map(Number);

function serve() {
  const restate = require("@restatedev/restate-sdk");
  const flow = restate.service({
    name: "Flow",
    handlers: {
      run: async (ctx, given) => {
        let { run, text } = given;
        for (let n = 0; n < STEPS; n++) {
          const end = await ctx.run(`s${n}`, () => {
            if (run) journal.note("T", run, n);
            return { text };
          });
          text = end.text;
        }
        return text;
      },
    },
  });
  const gate = restate.workflow({
    name: "Gate",
    handlers: {
      run: async (ctx) => {
        const answer = ctx.promise("approval");
        journal.note("W", ctx.key);
        const said = await answer;
        journal.note("J", ctx.key);
        return said;
      },
      approve: async (ctx, answer) => ctx.promise("approval").resolve(answer),
    },
  });
  const job = restate.service({
    name: "Job",
    handlers: { run: async (_ctx, number) => journal.note("J", number) },
  });
  const quiet = (meta, ...words) => meta.level === "error" && console.error(...words);
  const handler = restate.createEndpointHandler({ services: [flow, gate, job], logger: quiet });
  http2.createServer(handler).listen(port, "127.0.0.1", () => say({ event: "ready" }));
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });

function post(to, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: "127.0.0.1", port: to, path, method: "POST", agent, headers: { "content-type": "application/json", ...headers } },
      (answer) => {
        const parts = [];
        answer.on("data", (part) => parts.push(part));
        answer.on("error", reject);
        answer.on("end", () => {
          const text = Buffer.concat(parts).toString();
          if (answer.statusCode < 300) resolve(text);
          else reject(new Error(`${path}: ${answer.statusCode} ${text.slice(0, 300)}`));
        });
      },
    );
    request.on("error", reject);
    request.end(JSON.stringify(body));
  });
}

async function register() {
  for (let tries = 0; ; tries++) {
    try {
      await post(admin, "/deployments", { uri: `http://127.0.0.1:${port}`, force: true });
      return;
    } catch (fault) {
      if (tries > 200) throw fault;
      await sleep(100);
    }
  }
}

const acts = {
  steps: () => closedLoop(() => post(ingress, "/Flow/run", { text: TEXT }), S.callers, S.seconds),

  async waits() {
    let began = seconds();
    await each(S.count, (n) => post(ingress, `/Gate/wait-${n}/run/send`, { text: TEXT }), S.callers);
    await journal.until("W", S.count);
    const suspended = seconds() - began;
    await waitingNow();
    began = seconds();
    await each(S.count, (n) => post(ingress, `/Gate/wait-${n}/approve`, "yes"), S.callers);
    await new Journal(S.journal).until("J", S.count);
    return { count: S.count, suspend_s: suspended, approve_s: seconds() - began };
  },

  async queue() {
    const began = seconds();
    await each(S.count, (n) => post(ingress, "/Job/run/send", n, { "idempotency-key": `job-${n}` }), S.callers);
    const enqueued = seconds() - began;
    await journal.until("J", S.count);
    return { count: S.count, enqueue_s: enqueued, process_s: seconds() - began - enqueued };
  },

  async crash() {
    await each(
      S.count,
      async (n) => {
        const run = `crash-${n}`;
        journal.note("S", run);
        const end = post(ingress, "/Flow/run", { run, text: TEXT }, { "idempotency-key": run });
        const late = sleep(300_000).then(() => "late"); // stays without its D line and so counts as lost
        if ((await Promise.race([end, late])) !== "late") journal.note("D", run);
      },
      S.callers,
    );
    return { count: S.count };
  },
};

if (S.act === "serve") serve();
else {
  await register();
  say({ result: await acts[S.act]() });
  process.exit(0);
}
