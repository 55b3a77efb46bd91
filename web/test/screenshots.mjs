// The pictures of docs/screenshots: the pages of dist/ over the real binary and its simulated services, as small
// WebP files in both languages, light and dark. Nothing on them is made up.
//   node test/screenshots.mjs [--out FOLDER] [--wide]     --wide also takes every page at 375 px, as PNG, to look at
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBrowser } from './browser.mjs';
import { definitions } from './definitions.mjs';
import { Metel } from './metel.mjs';

const at = process.argv.indexOf('--out');
const out = at > 0 ? process.argv[at + 1] : fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));
const wide = process.argv.includes('--wide');
await mkdir(out, { recursive: true });
const dist = fileURLToPath(new URL('../dist/', import.meta.url));

const metel = await Metel.start();
// Pages that do not come over the network count as foreign to it, and would not get a socket.
const { context, close } = await openBrowser({ viewport: { width: 1280, height: 800 } }, ['--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets']);
await context.route(`${metel.base}/app/**`, (route) => {
  const wanted = join(dist, new URL(route.request().url()).pathname.slice(5));
  return route.fulfill({ path: /\.\w+$/.test(wanted) && existsSync(wanted) ? wanted : join(dist, 'index.html') });
});

const start = (request) => metel.call('/v1/runs', { request, lang: 'ko' });
const put = async (path, body) => fetch(metel.base + path, { method: 'PUT', headers: { Authorization: `Bearer ${metel.token}`, 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
let faults = 0;
try {
  const done = await start("노션에 '주간 회의록' 페이지를 만들고 링크를 슬랙 #team 에 공유해줘");
  const outside = await start("슬랙 #partners 에 '담당자 010-1234-5678' 라고 올려줘");
  for (const definition of definitions) await metel.call('/v1/workflows', { name: definition.name, definition });
  await metel.call('/v1/runs', { workflow: 'grant-factory', input: { query: '정부조달 공고' } });
  const healing = await metel.call('/v1/runs', { workflow: 'auto-healing', input: { service: 'sheets' } });
  await metel.call('/v1/runs', { workflow: 'always-fails', input: {} });
  await metel.call('/v1/credits/grants', { id: '0f9b2c1e-7a35-4d7b-9d5e-3c1f5a7b9d11', amount: 50_000_000, note: '11월' });
  await put('/v1/budgets/day', { cap: 5_000_000 });
  await put('/v1/budgets/agent:critic', { cap: 2_000_000 });
  await put('/v1/secrets/notion_token', { value: 'made-believe-notion-token' });
  await put('/v1/model-settings', { models: { main: { base_url: 'https://api.anthropic.com/v1', model: 'claude-haiku-4-5' }, local: { base_url: 'http://127.0.0.1:11434/v1', model: 'qwen2.5:7b', limits: { concurrent_max: 1 } } }, aliases: {} });

  const approval = (await metel.call('/v1/approvals?status=pending')).items.find((each) => each.run === outside.id);
  const pages = [
    ['home', '/app/'], ['run', `/app/runs/${done.id}?step=a2`], ['replay', `/app/runs/${done.id}?tab=replay&at=9`], ['plans', `/app/runs/${done.id}?tab=plan`], ['run-cost', `/app/runs/${healing.id}?tab=cost`],
    ['graph', `/app/runs/${healing.id}?tab=graph`], ['approval', `/app/approvals/${approval?.id ?? ''}`], ['pipelines', '/app/pipelines'], ['editor', '/app/pipelines/auto-healing/edit'], ['costs', '/app/costs'],
    ['models', '/app/models'], ['secrets', '/app/secrets'], ['operations', '/app/operations'], ['agents', '/app/agents'], ['bench', '/app/settings?part=bench'],
  ];
  // What README and docs show.
  const kept = new Set(['run-ko-light', 'run-en-dark', 'replay-ko-dark', 'replay-en-light', 'approval-ko-light', 'approval-en-dark', 'editor-ko-light', 'editor-en-dark', 'costs-en-light', 'costs-ko-dark', 'operations-ko-light', 'operations-en-dark']);
  for (const lang of ['ko', 'en']) {
    for (const theme of ['light', 'dark']) {
      for (const width of wide ? [1280, 375] : [1280]) {
        for (const [name, path] of pages) {
          const label = `${name}-${lang}-${theme}`;
          if (!wide && !kept.has(label)) continue;
          const page = await context.newPage();
          await page.setViewportSize({ width, height: width < 500 ? 780 : 800 });
          await page.addInitScript(([l, t, token]) => { localStorage.setItem('metel.lang', l); localStorage.setItem('metel.theme', t); sessionStorage.setItem('metel.token', token); }, [lang, theme, metel.token]);
          page.on('pageerror', (error) => { faults += 1; console.error(`✕ ${label}: ${String(error).slice(0, 200)}`); });
          await page.goto(metel.base + path);
          await page.waitForSelector('h1', { timeout: 10_000 });
          await page.waitForFunction(() => !document.querySelector('.skeleton'), undefined, { timeout: 10_000 }).catch(() => undefined);
          await page.evaluate(() => document.fonts.ready);
          await page.waitForTimeout(500);
          const png = await page.screenshot();
          if (wide) await writeFile(join(out, `${label}-${width}.png`), png);
          else await writeFile(join(out, `${label}.webp`), await webp(png));
          await page.close();
        }
      }
    }
  }
} finally {
  await close();
  await metel.stop();
}
process.exitCode = faults ? 1 : 0;

/** The browser's own encoder: nothing else is needed on this machine. */
async function webp(png) {
  const page = await context.newPage();
  const text = await page.evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    canvas.getContext('2d').drawImage(image, 0, 0);
    return canvas.toDataURL('image/webp', 0.82);
  }, png.toString('base64'));
  await page.close();
  return Buffer.from(text.slice(text.indexOf(',') + 1), 'base64');
}
