// metel's own OpenAI interface, judged by openai: the same program against every provider behind it.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import OpenAI from "openai";
import { call, key, url } from "./metel.js";
import { reset, script } from "./sandbox.js";

const settings = { apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 };
const openai = new OpenAI(settings);
const models = ["chat", "responses", "claude", "gemini"];
const ask = (model, content) => ({ model, messages: [{ role: "user", content }] });
const tools = [{ type: "function", function: { name: "notion_create_page", parameters: { type: "object", required: ["title"], properties: { title: { type: "string" } } } } }];

beforeEach(reset);

test("every model answers whole and streamed alike", async () => {
  for (const model of models) {
    const request = ask(model, "회의를 요약해 줘. 예산을 정했다.");
    const whole = await openai.chat.completions.create(request);
    const final = await openai.chat.completions.stream({ ...request, stream_options: { include_usage: true } }).finalChatCompletion();
    assert.equal(whole.choices[0].message.content, "(모의 모델) 회의를 요약해 줘. 예산을 정했다.", model);
    assert.equal(final.choices[0].message.content, whole.choices[0].message.content, model);
    assert.equal(final.usage.total_tokens, whole.usage.total_tokens, model);
    assert.equal(final.choices[0].finish_reason, "stop", model);
  }
});

test("counts come only where they are asked for", async () => {
  for (const model of models) {
    const counted = [];
    for await (const chunk of await openai.chat.completions.create({ ...ask(model, "안녕"), stream: true })) counted.push(chunk.usage);
    assert.ok(counted.length > 1 && counted.every((usage) => !usage), model);
  }
});

test("tools are called and their results read", async () => {
  for (const model of models) {
    const request = { ...ask(model, "페이지를 만들어"), tools, tool_choice: "required" };
    const whole = await openai.chat.completions.create(request);
    const made = whole.choices[0].message.tool_calls[0];
    assert.equal(whole.choices[0].finish_reason, "tool_calls", model);
    assert.deepEqual(JSON.parse(made.function.arguments), { title: "페이지를 만들어" }, model);
    const streamed = await openai.chat.completions.stream(request).finalChatCompletion();
    assert.equal(streamed.choices[0].message.tool_calls[0].function.name, "notion_create_page", model);
    assert.deepEqual(JSON.parse(streamed.choices[0].message.tool_calls[0].function.arguments), { title: "페이지를 만들어" }, model);
    const after = await openai.chat.completions.create({
      model,
      tools,
      messages: [...request.messages, whole.choices[0].message, { role: "tool", tool_call_id: made.id, content: "주소 https://a.example" }],
    });
    assert.ok(after.choices[0].message.content.includes("https://a.example"), model);
  }
});

test("a form is filled by every model", async () => {
  const schema = { type: "object", additionalProperties: false, required: ["ok", "n"], properties: { ok: { type: "boolean" }, n: { type: "integer", minimum: 2 } } };
  for (const model of models) {
    const answer = await openai.chat.completions.create({ ...ask(model, "x"), response_format: { type: "json_schema", json_schema: { name: "f", strict: true, schema } } });
    assert.deepEqual(JSON.parse(answer.choices[0].message.content), { ok: true, n: 2 }, model);
  }
});

test("an alias falls back, names are listed, embeddings come", async () => {
  const answer = await openai.chat.completions.create(ask("fast", "안녕"));
  assert.equal(answer.choices[0].message.content, "(모의 모델) 안녕");
  const names = (await openai.models.list()).data.map((model) => model.id);
  for (const name of ["fast", ...models]) assert.ok(names.includes(name), name);
  assert.equal((await openai.models.retrieve("fast")).id, "fast");
  const { data } = await openai.embeddings.create({ model: "chat", input: ["회의록", "server cost"] });
  assert.equal(data[0].embedding.length, 256);
});

test("errors are the ones that the client knows", async () => {
  await assert.rejects(new OpenAI({ ...settings, apiKey: "metel_wrong" }).models.list(), OpenAI.AuthenticationError);
  await assert.rejects(openai.chat.completions.create(ask("nobody", "x")), OpenAI.NotFoundError);
  await assert.rejects(openai.chat.completions.create({ ...ask("claude", "x"), n: 3 }), OpenAI.BadRequestError);
  await script({ status: 500, times: 3 });
  await assert.rejects(openai.chat.completions.create(ask("chat", "x")), OpenAI.InternalServerError);
  await reset();
  for (const model of models) {
    await script({ content: "끊어지는 말 ".repeat(30), cut_after: 4 });
    await assert.rejects(async () => {
      for await (const _ of await openai.chat.completions.create({ ...ask(model, "x"), stream: true }));
    }, undefined, model);
  }
});

test("what was used is written down, and a budget stops what is beyond it", async () => {
  await script({ content: "답", usage: { input_tokens: 1000, output_tokens: 100 }, times: 1 });
  // The failures before have the lane left alone for a while.
  for (let n = 0; ; n++) {
    try {
      await openai.chat.completions.create({ ...ask("chat", "x"), max_tokens: 10 });
      break;
    } catch (error) {
      if (error.code !== "model.unreachable" || n >= 200) throw error;
      await new Promise((done) => setTimeout(done, 100));
    }
  }
  const written = async () => {
    for (let n = 0; n < 100; n++) {
      const { items } = await call("GET", "/v1/model-usage");
      if (items.some((row) => row.input_tokens >= 1000 && row.cost >= 1200)) return true;
      await new Promise((done) => setTimeout(done, 50));
    }
    return false;
  };
  assert.ok(await written());
  await call("PUT", "/v1/budgets/call", { cap: 100 });
  await new Promise((done) => setTimeout(done, 1100));
  await assert.rejects(openai.chat.completions.create({ ...ask("chat", "x"), max_tokens: 4000 }), OpenAI.RateLimitError);
  assert.ok(await openai.chat.completions.create({ ...ask("chat", "x"), max_tokens: 5 }));
  await call("PUT", "/v1/budgets/call", { cap: null });
  const { available, held, spent, granted } = await call("GET", "/v1/credits");
  assert.equal(available + held + spent, granted);
});
