// Firecrawl's version 1, judged by @mendable/firecrawl-js.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { default as Firecrawl, FirecrawlError } from "@mendable/firecrawl-js";
import { fault, reset, url } from "./sandbox.js";

const client = (apiKey) => new Firecrawl({ apiKey, apiUrl: `${url}/firecrawl` });
const firecrawl = client("sandbox-firecrawl-token");

beforeEach(reset);

test("notices are searched and scraped", async () => {
  const found = await firecrawl.search("AI 솔루션 입찰공고", { limit: 3 });
  assert.equal(found.success, true);
  assert.equal(found.data.length, 3);
  const page = await firecrawl.scrapeUrl(found.data[0].url, { formats: ["markdown", "links"] });
  assert.match(page.markdown, /AI/);
  assert.equal(page.metadata.sourceURL, found.data[0].url);
  assert.ok(page.links.length > 3);
});

test("errors reach the client with their status", async () => {
  await assert.rejects(client("wrong").scrapeUrl("https://a.example"), (error) => error instanceof FirecrawlError && error.statusCode === 401);
  await fault({ service: "firecrawl", kind: "429" });
  await assert.rejects(firecrawl.scrapeUrl("https://a.example"), (error) => error.statusCode === 429);
});
