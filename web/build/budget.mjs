// Fails the build when the first page needs more JavaScript than allowed: what index.html loads and
// what that imports statically, gzip-compressed; and when the page holds an inline script or style.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const root = new URL('../dist/', import.meta.url).pathname;
const BUDGET = 180 * 1024;
const html = readFileSync(join(root, 'index.html'), 'utf8');

if (/<style|style=|<script(?![^>]*\ssrc=)/i.test(html)) fail('index.html holds an inline script or style');

const first = new Set();
const visit = (path) => {
  if (first.has(path) || !existsSync(join(root, path))) return;
  first.add(path);
  const code = readFileSync(join(root, path), 'utf8');
  for (const [, from] of code.matchAll(/(?:\bfrom|\bimport)\s*["'](\.\/[^"']+\.js)["']/g)) visit(join(path, '..', from));
};
for (const [, src] of html.matchAll(/(?:src|href)="\/app\/([^"]+\.js)"/g)) visit(src);

const size = (file, ext) => { try { return readFileSync(`${file}.${ext}`).length; } catch { return gzipSync(readFileSync(file)).length; } };
let gz = 0;
let br = 0;
for (const path of first) { gz += size(join(root, path), 'gz'); br += size(join(root, path), 'br'); }
console.log(`first page: ${first.size} scripts, ${(gz / 1024).toFixed(1)} KiB gzip, ${(br / 1024).toFixed(1)} KiB brotli (budget ${BUDGET / 1024})`);
if (gz > BUDGET) fail('the first page is over its budget');

function fail(why) { console.error(why); process.exit(1); }
