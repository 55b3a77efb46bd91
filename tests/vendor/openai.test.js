// The OpenAI protocols, judged by openai.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import OpenAI from "openai";
import { fault, reset, script, url } from "./sandbox.js";

const settings = { apiKey: "sandbox-openai-key", baseURL: `${url}/openai/v1`, maxRetries: 0 };
const openai = new OpenAI(settings);
const model = "sandbox-model";
const ask = (content) => ({ model, messages: [{ role: "user", content }] });
const tools = [{ type: "function", function: { name: "notion_create_page", parameters: { type: "object", required: ["title"], properties: { title: { type: "string" } } } } }];

beforeEach(reset);

test("a chat is answered whole and streamed alike", async () => {
  const whole = await openai.chat.completions.create(ask("회의를 요약해 줘. 예산을 정했다."));
  const stream = openai.chat.completions.stream({ ...ask("회의를 요약해 줘. 예산을 정했다."), stream_options: { include_usage: true } });
  const final = await stream.finalChatCompletion();
  assert.equal(final.choices[0].message.content, whole.choices[0].message.content);
  assert.deepEqual(final.usage, whole.usage);
});

test("tools are called, whole and streamed, and their results read", async () => {
  const request = { ...ask("페이지를 만들어"), tools, tool_choice: "required" };
  const whole = await openai.chat.completions.create(request);
  const call = whole.choices[0].message.tool_calls[0];
  assert.deepEqual(JSON.parse(call.function.arguments), { title: "페이지를 만들어" });
  const streamed = await openai.chat.completions.stream(request).finalChatCompletion();
  assert.equal(streamed.choices[0].message.tool_calls[0].function.arguments, call.function.arguments);
  const after = await openai.chat.completions.create({
    model,
    tools,
    messages: [...request.messages, whole.choices[0].message, { role: "tool", tool_call_id: call.id, content: "주소 https://a.example" }],
  });
  assert.ok(after.choices[0].message.content.includes("https://a.example"));
});

test("a form is filled", async () => {
  const schema = { type: "object", additionalProperties: false, required: ["ok", "n"], properties: { ok: { type: "boolean" }, n: { type: "integer", minimum: 2 } } };
  const answer = await openai.chat.completions.create({ ...ask("x"), response_format: { type: "json_schema", json_schema: { name: "f", strict: true, schema } } });
  assert.deepEqual(JSON.parse(answer.choices[0].message.content), { ok: true, n: 2 });
});

test("responses, whole and streamed, with a tool", async () => {
  const whole = await openai.responses.create({ model, input: "안녕하세요" });
  assert.equal(whole.output_text, "(모의 모델) 안녕하세요");
  const stream = openai.responses.stream({ model, input: "안녕하세요" });
  const final = await stream.finalResponse();
  assert.equal(final.output[0].content[0].text, whole.output_text);
  assert.deepEqual(final.usage, whole.usage);
  const tool = { type: "function", name: "search", strict: true, parameters: { type: "object", additionalProperties: false, required: ["q"], properties: { q: { type: "string" } } } };
  const called = await openai.responses.stream({ model, input: "찾아 줘", tools: [tool], tool_choice: "required" }).finalResponse();
  assert.deepEqual(called.output.map((item) => [item.type, item.name, item.arguments]), [["function_call", "search", '{"q":"찾아 줘"}']]);
});

test("embeddings come as the client wants them", async () => {
  const { data } = await openai.embeddings.create({ model: "sandbox-embedding", input: ["회의록", "server cost"] });
  assert.equal(data[0].embedding.length, 256);
  const length = Math.hypot(...data[0].embedding);
  assert.ok(Math.abs(length - 1) < 1e-5, String(length));
  const plain = await openai.embeddings.create({ model: "sandbox-embedding", input: "회의록", encoding_format: "float" });
  assert.ok(Math.abs(plain.data[0].embedding[3] - data[0].embedding[3]) < 1e-6);
  assert.ok((await openai.models.list()).data.some((entry) => entry.id === model));
});

test("errors, retries and a hostile script", async () => {
  await assert.rejects(new OpenAI({ ...settings, apiKey: "wrong" }).models.list(), OpenAI.AuthenticationError);
  await assert.rejects(openai.chat.completions.create({ ...ask("x"), model: "missing-model" }), OpenAI.NotFoundError);
  await script({ status: 429, headers: { "retry-after-ms": "10" } }, { content: "둘째" });
  const retried = await new OpenAI({ ...settings, maxRetries: 1 }).chat.completions.create(ask("x"));
  assert.equal(retried.choices[0].message.content, "둘째");
  await fault({ service: "openai", kind: "503" });
  await assert.rejects(openai.chat.completions.create(ask("x")), OpenAI.InternalServerError);
  await script({ content: "끊어지는 말 ".repeat(30), cut_after: 4 });
  await assert.rejects(async () => {
    for await (const _ of await openai.chat.completions.create({ ...ask("x"), stream: true }));
  });
  await script({ content: "x", malformed: true });
  await assert.rejects(openai.chat.completions.create(ask("x")));
});
