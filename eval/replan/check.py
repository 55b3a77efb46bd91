#!/usr/bin/env python3
"""Validates the labelled replanning cases: shape, data flow, labels, shares, nearness of texts and the hash of the file.

Reports ids and counts only, never the text of a request.
"""
import collections
import hashlib
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from near import near  # noqa: E402

# tool: (products, whether it changes something outside)
TOOLS = {
    "notion.create_page": ({"page_url", "page_id"}, True),
    "notion.append_blocks": ({"block_id"}, True),
    "notion.archive_page": (set(), True),
    "notion.query_database": ({"rows"}, False),
    "notion.get_database": ({"columns"}, False),
    "notion.get_page": ({"page_url", "page_id", "title"}, False),
    "notion.list_blocks": ({"text"}, False),
    "notion.search": ({"rows"}, False),
    "slack.post_message": ({"permalink"}, True),
    "slack.delete_message": (set(), True),
    "slack.read_history": ({"rows"}, False),
    "slack.list_channels": ({"rows"}, False),
    "slack.get_permalink": ({"permalink"}, False),
    "sheets.get_range": ({"values"}, False),
    "sheets.read_raw": ({"values"}, False),
    "sheets.append_rows": (set(), True),
    "sheets.clear_range": (set(), True),
    "sheets.find_spreadsheet": ({"rows"}, False),
    "firecrawl.search": ({"text"}, False),
    "firecrawl.scrape": ({"text"}, False),
    "text.summarize": ({"summary"}, False),
}
KINDS = {"missing_requires", "schema", "criteria", "permanent_error", "rejected", "tool_gone"}
# file: (id prefix, least number of cases, of each kind)
FILES = {"measured.jsonl": ("r", 300, 50), "tuning.jsonl": ("q", 90, 12)}


def check(case):
    if set(case) != {"id", "lang", "text", "plan", "done", "failed", "expect"}:
        yield "wrong fields"
        return
    plan, failed, expect = case["plan"], case["failed"], case["expect"]
    if case["lang"] not in ("ko", "en") or not case["text"].strip():
        yield "wrong lang or empty text"
    if set(failed) != {"index", "kind", "error"} or failed["kind"] not in KINDS or not failed["error"]:
        yield "wrong failure"
        return
    if set(expect) != {"recovers", "rest", "never_repeat"}:
        yield "wrong labels"
        return
    for i, action in enumerate(plan):
        if action["id"] != f"a{i + 1}" or action["tool"] not in TOOLS or set(action) - {"id", "tool", "args", "uses"}:
            yield f"action {i}: wrong id, tool or fields"
            return
        for use in action.get("uses", []):
            if set(use) != {"from", "product", "in"}:
                yield f"action {i}: wrong use"
            elif use["from"] is None:
                if failed["kind"] != "missing_requires":
                    yield f"action {i}: only a missing requirement comes from nowhere"
            elif use["from"] not in [a["id"] for a in plan[:i]]:
                yield f"action {i}: a use must point back"
            elif use["product"] not in TOOLS[plan[int(use["from"][1:]) - 1]["tool"]][0]:
                yield f"action {i}: {use['from']} does not produce {use['product']}"
    done = [d["index"] for d in case["done"]]
    if not 0 <= failed["index"] < len(plan) or any(not 0 <= d < failed["index"] for d in done):
        yield "an index lies outside the plan, or something after the failure is done"
        return
    for d in case["done"]:
        if set(d["products"]) != TOOLS[plan[d["index"]]["tool"]][0]:
            yield f"done {d['index']}: its products are not those of its tool"
    if failed["kind"] == "missing_requires" and not any(u["from"] is None for u in plan[failed["index"]].get("uses", [])):
        yield "nothing is missing"
    if failed["kind"] == "tool_gone" and any(plan[failed["index"]]["tool"] in s for s in expect["rest"]):
        yield "a tool that is gone cannot be used again"
    if not expect["rest"] or any(t not in TOOLS for s in expect["rest"] for t in s):
        yield "rest is empty or names an unknown tool"
    if expect["recovers"] is not any(expect["rest"]):
        yield "what recovers has something left to run, what does not has nothing"
    must = {d for d in done if TOOLS[plan[d]["tool"]][1]} | ({failed["index"]} if failed["kind"] in ("rejected", "permanent_error", "tool_gone") else set())
    if not must <= set(expect["never_repeat"]) <= set(done) | {failed["index"]}:
        yield "never_repeat leaves out what took effect or failed for good, or names what never ran"


def main():
    problems, ids = [], set()
    readme = (HERE / "README.md").read_text("utf-8")
    for name, (prefix, least, each) in FILES.items():
        data = (HERE / name).read_bytes()
        cases = [json.loads(line) for line in data.decode("utf-8").splitlines()]
        problems += [f"{c.get('id')}: {p}" for c in cases for p in check(c)]
        for case in cases:
            if case["id"] in ids or not case["id"].startswith(prefix):
                problems.append(f"{case['id']}: used twice, or does not begin with {prefix}")
            ids.add(case["id"])
        problems += [f"{at}: nearly the same text as {other}" for at, other in near([(c["id"], c["text"]) for c in cases])]
        if len(cases) < least:
            problems.append(f"{name}: {len(cases)} cases, at least {least} wanted")
        languages = collections.Counter(c["lang"] for c in cases)
        kinds = collections.Counter(c["failed"]["kind"] for c in cases)
        recovers = collections.Counter(c["failed"]["kind"] for c in cases if c["expect"]["recovers"])
        if abs(languages["ko"] * 100 / len(cases) - 50) > (2 if name == "measured.jsonl" else 8):
            problems.append(f"{name}: languages are not half and half")
        for kind in KINDS:
            if kinds[kind] < each or not 15 <= recovers[kind] * 100 / kinds[kind] <= 95:
                problems.append(f"{name}: {kind}: {kinds[kind]} cases, {recovers[kind]} of them recover; {each}, and 15 to 95 %, wanted")
        digest = hashlib.sha256(data).hexdigest()
        if name.startswith("measured") and digest not in readme:
            problems.append(f"README.md does not name the measured file's SHA-256 {digest}")
        print(f"{name}: {len(cases)} cases {dict(languages)}")
        print("  " + " ".join(f"{k}={kinds[k]} (recover {recovers[k]})" for k in sorted(kinds)))
    print(*problems, sep="\n") if problems else print("ok")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
