// A real metel on a free port with a data folder of its own: started, stopped and started again.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The binary that is tried. */
export const BINARY = process.env.METEL ?? fileURLToPath(new URL('../../target/debug/metel', import.meta.url));
const PATIENCE_MS = 30_000;

export class Metel {
  #child = null;
  #more;

  constructor(home, more) { this.home = home; this.#more = more; }

  /** `more` are further arguments of `metel up`. */
  static async start(more = []) {
    const metel = new Metel(await mkdtemp(join(tmpdir(), 'metel-real-')), more);
    await metel.up(0);
    return metel;
  }

  async up(port) {
    const child = spawn(BINARY, ['up', '--port', String(port), ...this.#more], {
      env: { ...process.env, METEL_HOME: this.home, METEL_LANG: 'ko' }, stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    let told = '';
    let ready = '';
    child.stderr.on('data', (data) => { told += data; });
    this.base = await new Promise((done, fail) => {
      const late = setTimeout(() => fail(new Error(`metel was not ready in time\n${told}`)), PATIENCE_MS);
      child.once('error', fail);
      child.once('exit', (code) => fail(new Error(`metel ended with ${code}\n${told}`)));
      child.stdout.on('data', (data) => {
        ready += data;
        const base = /^metel ready (\S+)/m.exec(ready)?.[1];
        if (base) { clearTimeout(late); done(base); }
      });
    });
    this.link = /https?:\/\/\S+\/start\?c=\w+/.exec(told)?.[0] ?? '';
    this.token = (await readFile(join(this.home, 'token'), 'utf8')).trim();
  }

  /** Stops this process, as Ctrl+C does. */
  async down() {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null) return;
    await new Promise((done) => { child.once('exit', done); child.kill('SIGTERM'); });
  }

  async stop() {
    await this.down();
    await rm(this.home, { recursive: true, force: true });
  }

  async call(path, body) {
    const headers = { Authorization: `Bearer ${this.token}`, 'Content-Type': 'application/json', Prefer: 'wait=10' };
    const answer = await fetch(this.base + path, { method: body ? 'POST' : 'GET', headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }
}
