// Slack, judged by @slack/web-api.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { ErrorCode, LogLevel, WebClient } from "@slack/web-api";
import { effects, fault, reset, url } from "./sandbox.js";

const options = { slackApiUrl: `${url}/slack/api/`, logLevel: LogLevel.ERROR, retryConfig: { retries: 0 } };
const slack = new WebClient("xoxb-sandbox-slack-token", options);

beforeEach(reset);

const refused = (code) => (error) => error.code === ErrorCode.PlatformError && error.data.error === code;

test("a message is posted, found, linked, changed and deleted", async () => {
  const posted = await slack.chat.postMessage({
    channel: "#팀-공지",
    text: "배포를 마쳤습니다",
    blocks: [{ type: "section", text: { type: "mrkdwn", text: "*배포* 끝" } }],
  });
  assert.match(posted.ts, /^\d{10}\.\d{6}$/);
  const { channel, ts } = posted;
  const history = await slack.conversations.history({ channel });
  assert.equal(history.messages[0].text, "배포를 마쳤습니다");
  assert.equal(history.messages[0].blocks[0].text.text, "*배포* 끝");
  const link = await slack.chat.getPermalink({ channel, message_ts: ts });
  assert.ok((await (await fetch(link.permalink)).text()).includes("배포를 마쳤습니다"));
  const reply = await slack.chat.postMessage({ channel, text: "확인", thread_ts: ts });
  const thread = await slack.conversations.replies({ channel, ts });
  assert.deepEqual(thread.messages.map((message) => message.ts), [ts, reply.ts]);
  await slack.chat.update({ channel, ts, text: "고침" });
  await slack.chat.delete({ channel, ts });
  await assert.rejects(slack.chat.delete({ channel, ts }), refused("message_not_found"));
  assert.equal(await effects("slack", "chat.postMessage"), 2);
});

test("channels come in pages; one is shared outside the workspace", async () => {
  const channels = [];
  for await (const page of slack.paginate("conversations.list", { limit: 3, exclude_archived: true })) {
    channels.push(...page.channels);
  }
  assert.equal(channels.length, 8);
  assert.deepEqual(channels.filter((channel) => channel.is_ext_shared).map((channel) => channel.name), ["partners"]);
  const info = await slack.conversations.info({ channel: channels[0].id, include_num_members: true });
  assert.equal(info.channel.num_members, 5);
});

test("who am I, who else is here, which scopes", async () => {
  const me = await slack.auth.test();
  assert.equal(me.user, "metel");
  assert.deepEqual(me.response_metadata.scopes, ["chat:write", "channels:read", "channels:history", "users:read", "files:write"]);
  const people = await slack.users.list({});
  assert.ok(people.members.some((member) => member.real_name === "김하늘"));
});

test("refusals are platform errors", async () => {
  await assert.rejects(slack.chat.postMessage({ channel: "#없음", text: "x" }), refused("channel_not_found"));
  await assert.rejects(slack.chat.postMessage({ channel: "#general", text: "가".repeat(40001) }), refused("msg_too_long"));
  const reader = new WebClient("xoxb-sandbox-readonly-token", options);
  await assert.rejects(reader.chat.postMessage({ channel: "#general", text: "x" }), (error) =>
    refused("missing_scope")(error) && error.data.needed === "chat:write" && error.data.provided === "channels:read");
  await assert.rejects(new WebClient("xoxb-wrong", options).auth.test(), refused("invalid_auth"));
  assert.equal(await effects("slack", "chat.postMessage"), 0);
});

test("429 is a rate limit to the client, and an error after the effect still posted", async () => {
  await fault({ service: "slack", operation: "auth.test", kind: "429", retry_after: 7 });
  const impatient = new WebClient("xoxb-sandbox-slack-token", { ...options, rejectRateLimitedCalls: true });
  await assert.rejects(impatient.auth.test(), { code: ErrorCode.RateLimitedError, retryAfter: 7 });
  await fault({ service: "slack", operation: "chat.postMessage", kind: "reset_after" });
  await assert.rejects(slack.chat.postMessage({ channel: "#general", text: "x" }), { code: ErrorCode.RequestError });
  assert.equal(await effects("slack", "chat.postMessage"), 1);
});

test("files are uploaded in three calls and stand in the channel", async () => {
  const { channels } = await slack.conversations.list({ limit: 1000 });
  const channel = channels.find((one) => one.name === "team").id;
  const shared = await slack.files.uploadV2({ channel_id: channel, filename: "표.csv", content: "a,b", initial_comment: "표예요" });
  assert.equal(shared.ok, true);
  const { messages } = await slack.conversations.history({ channel });
  assert.deepEqual([messages[0].text, messages[0].files[0].name], ["표예요", "표.csv"]);
  await assert.rejects(slack.files.completeUploadExternal({ files: [{ id: "F0NOTHING", title: "x" }], channel_id: channel }), refused("file_not_found"));
});
