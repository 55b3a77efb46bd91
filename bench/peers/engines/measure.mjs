// What the JavaScript engines share; the same as measure.py, shape for shape.
import { createRequire } from "node:module";
import { openSync, writeSync, readSync } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

export const STEPS = 10;
export const TEXT = "x".repeat(180);
/** Packages stand in a folder of their own, not beside these files. */
export const require = createRequire(process.env.PEER_HOME + "/");

export function settings() {
  const text = { type: "string" };
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { callers: text, seconds: text, count: text, db: text, folder: text, server: text, journal: text },
  });
  return {
    ...values,
    act: positionals[0],
    callers: Number(values.callers ?? 64),
    seconds: Number(values.seconds ?? 5),
    count: Number(values.count ?? 100),
  };
}

export const say = (what) => process.stdout.write(JSON.stringify(what) + "\n");
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
export const seconds = () => performance.now() / 1e3;

export async function waitingNow() {
  say({ event: "waiting" });
  const lines = createInterface({ input: process.stdin });
  await new Promise((go) => lines.once("line", go));
  lines.close();
}

export async function each(count, act, width) {
  let next = 0;
  const caller = async () => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: width }, caller));
}

export async function closedLoop(run, callers, limit) {
  await Promise.all(Array.from({ length: callers }, () => run()));
  const times = [];
  const began = seconds();
  const caller = async () => {
    for (let at = seconds(); at - began < limit; at = seconds()) {
      await run();
      times.push(seconds() - at);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return { run_s: times, spent_s: seconds() - began };
}

/** See Journal in measure.py. */
export class Journal {
  constructor(path) {
    this.file = path ? openSync(path, "a+") : null;
    this.at = 0;
    this.rest = "";
    this.block = Buffer.alloc(1 << 20);
  }

  note(kind, run, step = 0) {
    if (this.file !== null) writeSync(this.file, `${kind} ${run} ${step} ${Date.now()}\n`);
  }

  news() {
    const found = [];
    for (let got; (got = readSync(this.file, this.block, 0, this.block.length, this.at)) > 0; ) {
      this.at += got;
      const lines = (this.rest + this.block.toString("utf8", 0, got)).split("\n");
      this.rest = lines.pop();
      found.push(...lines.map((line) => line.split(" ")));
    }
    return found;
  }

  async until(kind, count) {
    const seen = new Set();
    for (;;) {
      for (const [what, run] of this.news()) if (what === kind) seen.add(run);
      if (seen.size >= count) return;
      await sleep(5);
    }
  }
}
