// Telegram, judged by telegraf.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Telegram } from "telegraf";
import { effects, fault, reset, url } from "./sandbox.js";

const client = (token) => new Telegram(token, { apiRoot: `${url}/telegram/` });
const bot = client("110201543:sandbox-telegram-token");
const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

beforeEach(reset);

test("texts and pictures reach chats", async () => {
  assert.equal((await bot.getMe()).username, "metel_bot");
  const sent = await bot.sendMessage("@metel_alerts", "배포 끝");
  assert.deepEqual([sent.text, sent.chat.type], ["배포 끝", "channel"]);
  const uploaded = await bot.sendPhoto(700000001, { source: png, filename: "점.png" }, { caption: "점" });
  assert.ok(uploaded.photo[0].file_id && uploaded.caption === "점");
  const linked = await bot.sendPhoto("@metel_alerts", "https://files.example/x.png");
  assert.ok(linked.photo.length > 0);
  assert.equal(await effects("telegram", "sendPhoto"), 2);
});

test("refusals are Telegram's", async () => {
  await assert.rejects(bot.sendMessage("@nobody_here", "x"), { message: /400: Bad Request: chat not found/ });
  await assert.rejects(bot.sendMessage("@metel_alerts", ""), { message: /message text is empty/ });
  await assert.rejects(client("1:wrong").getMe(), { message: /401: Unauthorized/ });
  await fault({ service: "telegram", kind: "429", retry_after: 2 });
  await assert.rejects(bot.getMe(), (error) => error.response.error_code === 429 && error.response.parameters.retry_after === 2);
});
