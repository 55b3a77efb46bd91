// Drive, Gmail and Calendar, judged by Google's own clients.
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { beforeEach, test } from "node:test";
import { auth as authorisation, drive as driveOf } from "@googleapis/drive";
import { gmail as gmailOf } from "@googleapis/gmail";
import { calendar as calendarOf } from "@googleapis/calendar";
import { effects, fault, reset, url } from "./sandbox.js";

const auth = (token) => {
  const client = new authorisation.OAuth2();
  client.setCredentials({ access_token: token });
  return client;
};
const token = "sandbox-google-token";
// Given with each call: as a setting of the service the client would drop its path.
const at = (service) => ({ rootUrl: `${url}/${service}`, retry: false });
const drive = driveOf({ version: "v3", auth: auth(token) });
const gmail = gmailOf({ version: "v1", auth: auth(token) });
const calendar = calendarOf({ version: "v3", auth: auth(token) });

beforeEach(reset);

test("files are uploaded in one go, listed by query and read", async () => {
  const made = await drive.files.create({
    requestBody: { name: "표.csv", mimeType: "text/csv", appProperties: { metel: "1.5" } },
    media: { mimeType: "text/csv", body: Readable.from(["a,b\n1,2\n"]) },
    fields: "id,name,size",
  }, at("drive"));
  assert.deepEqual([made.data.name, made.data.size], ["표.csv", "8"]);
  const q = "appProperties has { key='metel' and value='1.5' } and trashed = false";
  const found = await drive.files.list({ q, fields: "nextPageToken,files(id,name)" }, at("drive"));
  assert.deepEqual(found.data.files, [{ id: made.data.id, name: "표.csv" }]);
  const content = await drive.files.get({ fileId: made.data.id, alt: "media" }, { ...at("drive"), responseType: "text" });
  assert.equal(content.data, "a,b\n1,2\n");
  const [doc] = (await drive.files.list({ q: "name contains 'Launch'" }, at("drive"))).data.files;
  const text = await drive.files.export({ fileId: doc.id, mimeType: "text/plain" }, { ...at("drive"), responseType: "text" });
  assert.match(text.data, /Freeze on Friday/);
  await assert.rejects(drive.files.list({ q: "name like 'x'" }, at("drive")), { status: 400 });
  await assert.rejects(drive.files.get({ fileId: "none" }, at("drive")), { status: 404, message: /File not found: none/ });
});

test("mails are searched, read, drafted and sent", async () => {
  const userId = "me";
  const list = await gmail.users.messages.list({ userId, q: "from:seoyeon is:unread" }, at("gmail"));
  assert.equal(list.data.messages.length, 1);
  const { id, threadId } = list.data.messages[0];
  const mail = await gmail.users.messages.get({ userId, id, format: "full" }, at("gmail"));
  assert.match(Buffer.from(mail.data.payload.body.data, "base64url").toString(), /견적을 이번 주/);
  const raw = Buffer.from("To: alex@metel.example\r\nSubject: =?UTF-8?B?7JWI64WV?=\r\n\r\nHi").toString("base64url");
  const draft = await gmail.users.drafts.create({ userId, requestBody: { message: { raw, threadId } } }, at("gmail"));
  assert.equal(draft.data.message.threadId, threadId);
  const sent = await gmail.users.messages.send({ userId, requestBody: { raw } }, at("gmail"));
  const thread = await gmail.users.threads.get({ userId, id: sent.data.threadId }, at("gmail"));
  assert.equal(thread.data.messages[0].payload.headers.find((h) => h.name === "Subject").value, "안녕");
  assert.equal(await effects("gmail", "send"), 1);
  const reader = gmailOf({ version: "v1", auth: auth("sandbox-readonly-token") });
  await assert.rejects(reader.users.messages.send({ userId, requestBody: { raw } }, at("gmail")), { status: 403 });
  await assert.rejects(gmail.users.messages.send({ userId, requestBody: { raw: "" } }, at("gmail")), { status: 400 });
});

test("events are listed in order and inserted", async () => {
  const calendarId = "primary";
  const event = { summary: "리뷰", start: { dateTime: "2026-01-06T15:00:00+09:00" }, end: { dateTime: "2026-01-06T16:00:00+09:00" } };
  const made = await calendar.events.insert({ calendarId, requestBody: event }, at("calendar"));
  const list = await calendar.events.list({
    calendarId, timeMin: "2026-01-05T00:00:00Z", timeMax: "2026-01-10T00:00:00Z", singleEvents: true, orderBy: "startTime", maxResults: 3,
  }, at("calendar"));
  assert.deepEqual(list.data.items.map((item) => item.summary), ["주간 회의 Weekly meeting", "협력사 미팅 Partner call", "리뷰"]);
  assert.ok(list.data.nextPageToken);
  assert.equal((await calendar.events.get({ calendarId, eventId: made.data.id }, at("calendar"))).data.summary, "리뷰");
  const backwards = { ...event, end: { dateTime: "2026-01-06T14:00:00+09:00" } };
  await assert.rejects(calendar.events.insert({ calendarId, requestBody: backwards }, at("calendar")), { status: 400, message: /time range is empty/ });
  await fault({ service: "calendar", kind: "429", retry_after: 1 });
  await assert.rejects(calendar.events.list({ calendarId }, at("calendar")), { status: 429 });
});
