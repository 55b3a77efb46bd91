// metel itself: METEL is its binary. It is started over the sandbox's models and stopped after the tests.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { url as sandbox } from "./sandbox.js";

const binary = process.env.METEL;
if (!binary) throw new Error("set METEL");
const home = mkdtempSync(join(tmpdir(), "metel-vendor-"));
const child = spawn(binary, ["up", "--port", "0", "--no-demo"], {
  stdio: ["ignore", "pipe", "inherit"],
  env: { ...process.env, METEL_HOME: home, METEL_MODEL_URL: "", METEL_MODEL_KEY: "", OPENAI_API_KEY: "", METEL_DB: undefined },
});
after(() => new Promise((done) => {
  child.once("exit", () => {
    rmSync(home, { recursive: true, force: true });
    done();
  });
  child.kill("SIGTERM");
}));

export const url = await new Promise((tell, refuse) => {
  child.once("exit", (code) => refuse(new Error(`metel ended with ${code}`)));
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line.startsWith("metel ready ")) tell(line.slice("metel ready ".length).trim());
  });
});
export const key = readFileSync(join(home, "token"), "utf8").trim();

export async function call(method, path, body) {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

// One model of each protocol, and an alias whose first model is never there.
const price = { input: 1_000_000, output: 2_000_000 };
const entry = (path, secret, protocol) => ({ base_url: `${sandbox}${path}`, model: "sandbox-model", secret, protocol, price });
for (const provider of ["openai", "anthropic", "gemini"]) {
  await call("PUT", `/v1/secrets/${provider}`, { value: `sandbox-${provider}-key` });
}
await call("PUT", "/v1/model-settings", {
  models: {
    chat: entry("/openai/v1", "openai", "openai"),
    responses: entry("/openai/v1", "openai", "openai-responses"),
    claude: entry("/anthropic/v1", "anthropic", "anthropic"),
    gemini: entry("/gemini/v1beta", "gemini", "gemini"),
    gone: { ...entry("/openai/v1", "openai", "openai"), model: "missing-model" },
  },
  aliases: { fast: ["gone", "claude"] },
});
