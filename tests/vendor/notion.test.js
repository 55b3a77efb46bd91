// Notion, judged by @notionhq/client: version 2 speaks 2022-06-28, version 5 speaks the later ones.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { APIErrorCode, Client, isFullPage, isNotionClientError } from "@notionhq/client";
import { Client as OldClient, iteratePaginatedAPI } from "notion-client-2";
import { effects, fault, reset, url } from "./sandbox.js";

const HOME = "a0000000-0000-4000-8000-000000000001";
const TASKS = "a0000000-0000-4000-8000-000000000002";
const SOURCE = "a0000000-0000-4000-8000-000000000003";
const auth = "sandbox-notion-token";
const baseUrl = `${url}/notion`;
const quiet = { logLevel: "error" };

const old = new OldClient({ auth, baseUrl, ...quiet });
const now = new Client({ auth, baseUrl, retry: false, ...quiet });
const next = new Client({ auth, baseUrl, retry: false, notionVersion: "2026-03-11", ...quiet });

beforeEach(reset);

const title = (content) => ({ title: { title: [{ text: { content } }] } });
const paragraph = (content) => ({ paragraph: { rich_text: [{ text: { content } }] } });

test("a page is created, read, changed and archived", async () => {
  const page = await old.pages.create({
    parent: { page_id: HOME },
    properties: title("회의록 2026-01-05"),
    children: [paragraph("안건: 예산")],
  });
  assert.equal(isFullPage(page), true);
  assert.match(page.url, /\/ui\/notion\/[0-9a-f]{32}$/);
  const shown = await (await fetch(page.url)).text();
  assert.ok(shown.includes("회의록 2026-01-05") && shown.includes("안건: 예산"));
  const read = await old.pages.retrieve({ page_id: page.id });
  assert.deepEqual(read.properties, page.properties);
  await old.pages.update({ page_id: page.id, properties: title("Minutes") });
  const gone = await old.pages.update({ page_id: page.id, archived: true });
  assert.equal(gone.archived, true);
  await assert.rejects(old.pages.update({ page_id: page.id, properties: title("x") }), {
    code: APIErrorCode.ValidationError,
    message: /archived/,
  });
  assert.equal(await effects("notion", "archive_page"), 1);
});

test("a database is queried, page by page, with filter and sort", async () => {
  const rows = [];
  for await (const row of iteratePaginatedAPI(old.databases.query, {
    database_id: TASKS,
    page_size: 5,
    sorts: [{ property: "Due", direction: "ascending" }],
  })) rows.push(row);
  assert.equal(rows.length, 12);
  const dues = rows.map((row) => row.properties.Due.date.start);
  assert.deepEqual(dues, [...dues].sort());
  const open = await old.databases.query({
    database_id: TASKS,
    filter: { and: [{ property: "우선순위", select: { equals: "높음" } }, { property: "담당자", rich_text: { contains: "김하늘" } }] },
  });
  assert.deepEqual(open.results.map((row) => row.properties["할 일"].title[0].plain_text).sort(), ["개인정보 처리방침 개정", "주간 보고서 작성"]);
  const database = await old.databases.retrieve({ database_id: TASKS });
  assert.equal(database.properties["할 일"].type, "title");
});

test("later versions query data sources and place rows in them", async () => {
  const database = await now.databases.retrieve({ database_id: TASKS });
  assert.deepEqual(database.data_sources.map((source) => source.id), [SOURCE]);
  const row = await now.pages.create({
    parent: { data_source_id: SOURCE, type: "data_source_id" },
    properties: {
      "할 일": { title: [{ text: { content: "새 일" } }] },
      Status: { status: { name: "시작 전" } },
      Hours: { number: 2 },
      Tags: { multi_select: [{ name: "보고" }] },
      Done: { checkbox: false },
      Due: { date: { start: "2026-03-02" } },
    },
  });
  assert.deepEqual(row.parent, { type: "data_source_id", data_source_id: SOURCE, database_id: TASKS });
  const found = await now.dataSources.query({
    data_source_id: SOURCE,
    filter: { property: "할 일", title: { equals: "새 일" } },
  });
  assert.equal(found.results[0].id, row.id);
  const source = await now.dataSources.retrieve({ data_source_id: SOURCE });
  assert.equal(source.object, "data_source");
});

test("blocks are appended, also at a position, listed and deleted", async () => {
  const page = await next.pages.create({ parent: { page_id: HOME }, properties: title("빈 페이지") });
  assert.equal("archived" in page, false);
  const first = await next.blocks.children.append({ block_id: page.id, children: [paragraph("하나"), paragraph("셋")] });
  await next.blocks.children.append({
    block_id: page.id,
    children: [paragraph("둘")],
    position: { type: "after_block", after_block: { id: first.results[0].id } },
  });
  await next.blocks.delete({ block_id: first.results[0].id });
  const list = await next.blocks.children.list({ block_id: page.id });
  assert.deepEqual(list.results.map((block) => block.paragraph.rich_text[0].plain_text), ["둘", "셋"]);
  const gone = await next.pages.update({ page_id: page.id, in_trash: true });
  assert.equal(gone.in_trash, true);
});

test("search, users and the bot", async () => {
  const found = await old.search({ query: "나라장터" });
  assert.equal(found.results.length, 1);
  const me = await old.users.me({});
  assert.equal(me.type, "bot");
  const people = await old.users.list({});
  assert.equal(people.results.filter((user) => user.type === "person").length, 3);
});

test("errors are the client's own error types", async () => {
  const stranger = new Client({ auth: "wrong", baseUrl, retry: false, ...quiet });
  await assert.rejects(stranger.users.me({}), (error) => isNotionClientError(error) && error.code === APIErrorCode.Unauthorized && error.status === 401);
  await assert.rejects(now.pages.retrieve({ page_id: "a0000000-0000-4000-8000-00000000ffff" }), { code: APIErrorCode.ObjectNotFound });
  await assert.rejects(now.pages.create({ parent: { page_id: HOME }, properties: { 없음: { title: [] } } }), { code: APIErrorCode.ValidationError });
  await fault({ service: "notion", kind: "500" });
  await assert.rejects(now.users.me({}), { code: APIErrorCode.InternalServerError });
  await fault({ service: "notion", kind: "timeout_after" });
  const hasty = new Client({ auth, baseUrl, retry: false, timeoutMs: 200, ...quiet });
  await assert.rejects(hasty.pages.create({ parent: { page_id: HOME }, properties: title("늦은 답") }), { code: "notionhq_client_request_timeout" });
  assert.equal(await effects("notion", "create_page"), 1);
});

test("the client waits for Retry-After and then succeeds", async () => {
  await fault({ service: "notion", operation: "users", kind: "429", retry_after: 1 });
  const patient = new Client({ auth, baseUrl, ...quiet });
  const began = Date.now();
  assert.equal((await patient.users.me({})).type, "bot");
  assert.ok(Date.now() - began >= 950);
});
