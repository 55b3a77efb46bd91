// Google Sheets, judged by @googleapis/sheets.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { auth as authorisation, sheets as service } from "@googleapis/sheets";
import { effects, fault, reset, url } from "./sandbox.js";

const client = (token) => {
  const auth = new authorisation.OAuth2();
  auth.setCredentials({ access_token: token });
  return service({ version: "v4", auth });
};
// Given with each call: as a setting of the service the client would drop its path.
const at = { rootUrl: `${url}/sheets`, retry: false };
const sheets = client("sandbox-google-token");
const spreadsheetId = "1MetelSandboxWeeklyReport00000000000000000001";

beforeEach(reset);

test("ranges are read, appended, updated and cleared", async () => {
  const meta = await sheets.spreadsheets.get({ spreadsheetId }, at);
  assert.deepEqual(meta.data.sheets.map((sheet) => sheet.properties.title), ["주간 보고", "Weekly", "Log"]);
  const read = await sheets.spreadsheets.values.get({ spreadsheetId, range: "'주간 보고'!A1:B2" }, at);
  assert.deepEqual(read.data.values, [["주차", "부서"], ["2026-W01", "영업"]]);
  const added = await sheets.spreadsheets.values.append({
    spreadsheetId,
    range: "'주간 보고'!A:E",
    valueInputOption: "USER_ENTERED",
    requestBody: { values: [["2026-W04", "영업", "1,500", 3, "메모"], ["2026-W04", "마케팅", "700", 8, ""]] },
  }, at);
  assert.equal(added.data.updates.updatedRange, "'주간 보고'!A7:E8");
  await sheets.spreadsheets.values.update({ spreadsheetId, range: "Log!A1", valueInputOption: "RAW", requestBody: { values: [["x"]] } }, at);
  const cleared = await sheets.spreadsheets.values.clear({ spreadsheetId, range: "Weekly!A2:E3" }, at);
  assert.equal(cleared.data.clearedRange, "Weekly!A2:E3");
  assert.equal(await effects("sheets", "append_rows"), 1);
});

test("errors carry Google's codes", async () => {
  const range = "Log!A1";
  await assert.rejects(sheets.spreadsheets.values.get({ spreadsheetId, range: "없음!A1" }, at), { status: 400, message: /Unable to parse range: 없음!A1/ });
  await assert.rejects(sheets.spreadsheets.values.append({ spreadsheetId, range, requestBody: { values: [[1]] } }, at), { status: 400, message: /valueInputOption/ });
  await assert.rejects(sheets.spreadsheets.get({ spreadsheetId: "none" }, at), { status: 404 });
  await assert.rejects(client("wrong").spreadsheets.get({ spreadsheetId }, at), { status: 401 });
  await fault({ service: "sheets", kind: "429", retry_after: 1 });
  await assert.rejects(sheets.spreadsheets.values.get({ spreadsheetId, range }, at), { status: 429 });
});
