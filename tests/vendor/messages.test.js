// metel's own Anthropic interface, judged by @anthropic-ai/sdk: the same program against every provider behind it.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { key, url } from "./metel.js";
import { reset, script } from "./sandbox.js";

const settings = { apiKey: key, baseURL: `${url}/anthropic`, maxRetries: 0 };
const anthropic = new Anthropic(settings);
const models = ["chat", "responses", "claude", "gemini"];
const ask = (model, content) => ({ model, max_tokens: 300, messages: [{ role: "user", content }] });
const tools = [{ name: "notion_create_page", description: "Makes a page.", input_schema: { type: "object", required: ["title"], properties: { title: { type: "string" } } } }];

beforeEach(reset);

test("every model answers whole and streamed alike", async () => {
  for (const model of models) {
    const whole = await anthropic.messages.create({ ...ask(model, "회의를 요약해 줘. 예산을 정했다."), system: "짧게" });
    const stream = anthropic.messages.stream({ ...ask(model, "회의를 요약해 줘. 예산을 정했다."), system: "짧게" });
    let heard = "";
    stream.on("text", (text) => (heard += text));
    const final = await stream.finalMessage();
    assert.equal(whole.content[0].text, "(모의 모델) 회의를 요약해 줘. 예산을 정했다.", model);
    assert.equal(whole.stop_reason, "end_turn", model);
    assert.equal(heard, whole.content[0].text, model);
    assert.deepEqual(final.content[0].text, whole.content[0].text, model);
    assert.equal(final.usage.output_tokens, whole.usage.output_tokens, model);
    assert.ok(final.usage.input_tokens > 0, model);
  }
});

test("tools are used and their results read", async () => {
  for (const model of models) {
    const request = { ...ask(model, "페이지를 만들어"), tools, tool_choice: { type: "any" } };
    const whole = await anthropic.messages.create(request);
    const made = whole.content.find((block) => block.type === "tool_use");
    assert.equal(whole.stop_reason, "tool_use", model);
    assert.deepEqual(made.input, { title: "페이지를 만들어" }, model);
    const streamed = await anthropic.messages.stream(request).finalMessage();
    assert.deepEqual(streamed.content.find((block) => block.type === "tool_use").input, made.input, model);
    const after = await anthropic.messages.create({
      ...ask(model, ""),
      tools,
      messages: [...request.messages, { role: "assistant", content: whole.content }, { role: "user", content: [{ type: "tool_result", tool_use_id: made.id, content: [{ type: "text", text: "주소 https://a.example" }] }] }],
    });
    assert.ok(after.content[0].text.includes("https://a.example"), model);
  }
});

test("input is counted without a model being asked, and names are listed", async () => {
  const short = await anthropic.messages.countTokens({ model: "fast", messages: ask("", "안녕").messages });
  const long = await anthropic.messages.countTokens({ model: "fast", tools, messages: ask("", "안녕 ".repeat(200)).messages });
  assert.ok(short.input_tokens > 0 && long.input_tokens > short.input_tokens + 200);
  const names = [];
  for await (const model of anthropic.models.list()) names.push(model.id);
  for (const name of ["fast", ...models]) assert.ok(names.includes(name), name);
  assert.equal((await anthropic.models.retrieve("fast")).display_name, "fast");
});

test("errors are the ones that the client knows", async () => {
  await assert.rejects(new Anthropic({ ...settings, apiKey: "metel_wrong" }).messages.create(ask("fast", "x")), Anthropic.AuthenticationError);
  await assert.rejects(anthropic.messages.create(ask("nobody", "x")), Anthropic.NotFoundError);
  await assert.rejects(anthropic.messages.create({ ...ask("claude", "x"), tool_choice: { type: "tool", name: "none" } }), Anthropic.BadRequestError);
  await assert.rejects(anthropic.messages.create({ ...ask("claude", "x"), max_tokens: 0 }), Anthropic.BadRequestError);
  await script({ content: "끊어지는 말 ".repeat(30), cut_after: 4 });
  await assert.rejects(anthropic.messages.stream(ask("claude", "x")).finalMessage());
  await reset();
  await script({ status: 500, times: 3 });
  await assert.rejects(anthropic.messages.create(ask("gemini", "x")), Anthropic.InternalServerError);
});
