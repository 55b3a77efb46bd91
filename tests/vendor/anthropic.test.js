// The Anthropic protocol, judged by @anthropic-ai/sdk.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { fault, reset, script, url } from "./sandbox.js";

const settings = { apiKey: "sandbox-anthropic-key", baseURL: `${url}/anthropic`, maxRetries: 0 };
const anthropic = new Anthropic(settings);
const ask = (content) => ({ model: "sandbox-model", max_tokens: 500, messages: [{ role: "user", content }] });
const tools = [{ name: "slack_post", input_schema: { type: "object", required: ["text"], properties: { text: { type: "string" } } } }];

beforeEach(reset);

test("a message is answered whole and streamed alike", async () => {
  const whole = await anthropic.messages.create(ask("안녕하세요. 반갑습니다."));
  assert.equal(whole.stop_reason, "end_turn");
  const final = await anthropic.messages.stream(ask("안녕하세요. 반갑습니다.")).finalMessage();
  assert.equal(final.content[0].text, whole.content[0].text);
  assert.equal(final.usage.output_tokens, whole.usage.output_tokens);
  const counted = await anthropic.messages.countTokens({ model: "sandbox-model", messages: ask("안녕").messages });
  assert.ok(counted.input_tokens > 0);
});

test("tools are used, whole and streamed", async () => {
  const request = { ...ask("보내 줘"), tools, tool_choice: { type: "any" } };
  const whole = await anthropic.messages.create(request);
  assert.equal(whole.stop_reason, "tool_use");
  assert.deepEqual(whole.content[0].input, { text: "보내 줘" });
  const final = await anthropic.messages.stream(request).finalMessage();
  assert.deepEqual(final.content[0].input, whole.content[0].input);
  const after = await anthropic.messages.create({
    ...ask(""),
    tools,
    messages: [...request.messages, { role: "assistant", content: whole.content }, { role: "user", content: [{ type: "tool_result", tool_use_id: whole.content[0].id, content: "보냈음" }] }],
  });
  assert.ok(after.content[0].text.includes("보냈음"));
});

test("scripts and errors", async () => {
  await script({ provider: "anthropic", content: "정해진 답", usage: { input_tokens: 10, output_tokens: 3, cached_tokens: 4 } });
  const said = await anthropic.messages.create(ask("x"));
  assert.equal(said.content[0].text, "정해진 답");
  assert.deepEqual([said.usage.input_tokens, said.usage.cache_read_input_tokens, said.usage.output_tokens], [6, 4, 3]);
  await assert.rejects(new Anthropic({ ...settings, apiKey: "wrong" }).messages.create(ask("x")), Anthropic.AuthenticationError);
  await fault({ service: "anthropic", kind: "429", retry_after: 1 });
  await assert.rejects(anthropic.messages.create(ask("x")), Anthropic.RateLimitError);
  await reset();
  await script({ status: 529 });
  await assert.rejects(anthropic.messages.create(ask("x")), Anthropic.InternalServerError);
  await script({ content: "끊어지는 말 ".repeat(30), cut_after: 4 });
  await assert.rejects(anthropic.messages.stream(ask("x")).finalMessage());
});
