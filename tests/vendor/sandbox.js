// Where the sandbox is: SANDBOX_URL, or a process started from METEL_SANDBOX_BIN and stopped after
// the tests. There is no third way, so a missing sandbox fails the suite instead of skipping it.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { after } from "node:test";

async function start(binary) {
  const child = spawn(binary, ["--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  after(() => new Promise((done) => {
    child.once("exit", done);
    child.kill("SIGTERM");
  }));
  const failed = new Promise((_, refuse) => {
    child.once("error", refuse);
    child.once("exit", (code) => refuse(new Error(`metel-sandbox ended with ${code}`)));
  });
  failed.catch(() => {});
  const lines = createInterface({ input: child.stdout });
  const listening = new Promise((tell) => {
    lines.on("line", (line) => {
      if (line.startsWith("listening ")) tell(line.slice("listening ".length).trim());
    });
  });
  return Promise.race([listening, failed]);
}

async function find() {
  if (process.env.SANDBOX_URL) return process.env.SANDBOX_URL.replace(/\/$/, "");
  if (process.env.METEL_SANDBOX_BIN) return start(process.env.METEL_SANDBOX_BIN);
  throw new Error("set SANDBOX_URL or METEL_SANDBOX_BIN");
}

export const url = await find();

export async function control(method, path, body) {
  const answer = await fetch(`${url}/_control${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const told = await answer.json();
  if (!told.ok) throw new Error(told.error);
  return told;
}

export const reset = () => control("POST", "/reset", {});
export const fault = (settings) => control("POST", "/faults", settings);
export const script = (...replies) => control("POST", "/model/script", { replies });

export async function effects(service, op) {
  const state = await control("GET", "/state");
  return state.effects[service]?.[op]?.count ?? 0;
}
