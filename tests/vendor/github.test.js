// GitHub, judged by @octokit/rest.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Octokit } from "@octokit/rest";
import { effects, fault, reset, url } from "./sandbox.js";

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const client = (auth) => new Octokit({ auth, baseUrl: `${url}/github`, log: quiet });
const github = client("ghp_sandboxgithubtoken");
const at = { owner: "metel-lab", repo: "quickstart" };

beforeEach(reset);

test("issues are listed in pages, labelled and answered", async () => {
  const all = await github.paginate(github.rest.issues.listForRepo, { ...at, per_page: 1 });
  assert.deepEqual(all.map((issue) => issue.number), [3, 2, 1]);
  const labels = await github.rest.issues.addLabels({ ...at, issue_number: 3, labels: ["question"] });
  assert.deepEqual(labels.data.map((label) => label.name), ["question"]);
  const made = await github.rest.issues.createComment({ ...at, issue_number: 3, body: "고맙습니다" });
  const read = await github.rest.issues.listComments({ ...at, issue_number: 3 });
  assert.equal(read.data[0].id, made.data.id);
  assert.equal(await effects("github", "comment"), 1);
});

test("pull requests are read as JSON and as a diff, and reviewed on lines", async () => {
  const diff = await github.rest.pulls.get({ ...at, pull_number: 12, mediaType: { format: "diff" } });
  assert.match(diff.data, /^diff --git a\/src\/price\.py/);
  const files = await github.rest.pulls.listFiles({ ...at, pull_number: 12 });
  assert.equal(files.data[0].filename, "src/price.py");
  const review = await github.rest.pulls.createReview({
    ...at, pull_number: 12, event: "COMMENT", body: "의견", comments: [{ path: "src/price.py", line: 3, body: "괄호?" }],
  });
  assert.equal(review.data.state, "COMMENTED");
});

test("releases follow commits, once a tag", async () => {
  const commits = await github.rest.repos.listCommits({ ...at, since: "2026-01-07T00:00:00Z" });
  assert.equal(commits.data.length, 2);
  const release = { ...at, tag_name: "v0.2.0", body: "- docs" };
  const made = await github.rest.repos.createRelease(release);
  assert.equal((await github.rest.repos.getReleaseByTag({ ...at, tag: "v0.2.0" })).data.id, made.data.id);
  await assert.rejects(github.rest.repos.createRelease(release), { status: 422, message: /Validation Failed/ });
});

test("refusals carry GitHub's words", async () => {
  await assert.rejects(client("wrong").rest.users.getAuthenticated(), { status: 401, message: /Bad credentials/ });
  await assert.rejects(github.rest.repos.get({ owner: "metel-lab", repo: "nothing" }), { status: 404 });
  const reader = client("ghp_sandboxreadonlytoken");
  await assert.rejects(reader.rest.issues.createComment({ ...at, issue_number: 1, body: "x" }), { status: 403 });
  await fault({ service: "github", kind: "429", retry_after: 1 });
  await assert.rejects(github.rest.issues.listForRepo(at), { status: 429, message: /secondary rate limit/ });
});
