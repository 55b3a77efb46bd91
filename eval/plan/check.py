#!/usr/bin/env python3
"""Validates the labelled planning requests: shape, tools, data flow, labels, shares, nearness of texts and the hashes of the measured files.

Reports ids and counts only, never the text of a request, so that running it reveals nothing of the measured files.
"""
import collections
import hashlib
import json
import pathlib
import re
import sys
import unicodedata

HERE = pathlib.Path(__file__).parent
# tool: (required arguments, optional arguments, products, destructive)
TOOLS = {
    "notion.create_page": ({"title"}, {"content", "parent"}, {"page_url", "page_id"}, False),
    "notion.query_database": ({"database"}, {"filter"}, {"rows"}, False),
    "notion.archive_page": ({"page"}, set(), set(), True),
    "slack.post_message": ({"channel", "text"}, set(), {"permalink"}, False),
    "slack.delete_message": ({"channel", "message"}, set(), set(), True),
    "sheets.get_range": ({"spreadsheet", "range"}, set(), {"values"}, False),
    "sheets.append_rows": ({"spreadsheet", "range", "rows"}, set(), set(), False),
    "sheets.clear_range": ({"spreadsheet", "range"}, set(), set(), True),
    "firecrawl.search": ({"query"}, set(), {"text"}, False),
    "firecrawl.scrape": ({"url"}, set(), {"text"}, False),
    "text.summarize": ({"text"}, set(), {"summary"}, False),
}
CHANNELS = {"#general", "#team", "#standup", "#random", "#marketing", "#alerts", "#팀-공지", "#partners"}
KOREAN_CHANNEL = {"#team": "팀", "#marketing": "마케팅", "#partners": "파트너", "#alerts": "알럿", "#standup": "스탠드업", "#random": "랜덤"}
REGISTERS = {"formal", "colloquial", "slip", "terse"}
SHARES = {"one": 25, "two": 35, "three": 20, "missing": 10, "impossible": 10}
LONGER = {"one": 15, "two": 38, "three": 27, "missing": 10, "impossible": 8}
HELD = {"one": 18, "two": 37, "three": 17, "missing": 10, "impossible": 12}
MIXED = {"one": 18, "two": 38, "three": 23, "missing": 9, "impossible": 8}
# file: (id prefix, least number of requests, shares, least number of dependent plans of two and of three steps)
FILES = {
    "measured.jsonl": ("m", 160, SHARES, (0, 0)),
    "measured2.jsonl": ("n", 320, LONGER, (120, 80)),
    "tuning.jsonl": ("t", 200, SHARES, (0, 0)),
    "tuning2.jsonl": ("u", 250, MIXED, (80, 45)),
    "held.jsonl": ("h", 80, HELD, (20, 10)),
}
# Texts of one language whose sets of three-character pieces overlap more than this are nearly the same.
NEAR = 0.5
KEYS = {"id", "lang", "text", "steps", "expect", "register", "note"}


def fold(s):
    """The comparison form: NFC, lower case, no white space, no #, no hyphen, no thousands separators."""
    s = unicodedata.normalize("NFC", s).casefold()
    return re.sub(r"[\s#-]|(?<=\d),(?=\d{3})", "", s)


def skeleton(text):
    """The sentence with names, addresses, cells and numbers taken out: equal skeletons are one sentence with nouns swapped."""
    s = re.sub(r"https?://[^\s,]+", "U", text)
    s = re.sub(r"‘[^’]*’|“[^”]*”|「[^」]*」|\"[^\"]*\"|'[^']*'", "Q", s)
    s = re.sub(r"[A-Z]+\d*:[A-Z]+\d*|\d[\d.,:/]*", "N", s)
    for channel in sorted(CHANNELS, key=len, reverse=True):
        s = s.replace(channel, "C").replace(channel[1:], "C")
    return re.sub(r"\s+|[.!?~]", "", s).casefold()


def pieces(text):
    s = fold(text)
    return {s[i:i + 3] for i in range(len(s) - 2)}


def near(texts):
    """Pairs of places, at least one of them in measured2.jsonl, whose texts are nearly the same."""
    for i, (at, lang, a) in enumerate(texts):
        for other, language, b in texts[:i]:
            if lang == language and "measured2" in at + other and len(a & b) > NEAR * len(a | b):
                yield at, other


def dependent(row):
    """Whether the data flow joins all actions of the plan."""
    actions = row["expect"].get("actions", [])
    joined = list(range(len(actions)))
    for i, action in enumerate(actions):
        for use in action.get("uses", []):
            old, new = joined[i], joined[use["from"]]
            joined = [new if j == old else j for j in joined]
    return len(set(joined)) == 1


def kind(row):
    expect = row["expect"]
    if expect.get("refused"):
        return "impossible"
    return "missing" if expect["missing"] else {1: "one", 2: "two", 3: "three"}.get(row["steps"], "more")


def said(value, row, arg):
    """Whether the words of the request carry this value."""
    text = fold(row["text"])
    if isinstance(value, list):
        return all(said(v, row, arg) for v in value)
    if arg == "channel":
        return fold(value) in text or KOREAN_CHANNEL.get(value, "\0") in text or "typo" in row["note"]
    parts = re.split(r"[!:]", value) if arg == "range" else [value]
    return all(fold(p) in text for p in parts) or (arg in ("range", "spreadsheet") and bool({"typo", "typos", "cells"} & set(re.findall(r"\w+", row["note"]))))


def check_action(i, action, actions, row):
    tool = action["tool"]
    if set(action) - {"tool", "args", "contains", "uses"}:
        yield f"action {i}: unknown field"
    required, optional, _, _ = TOOLS[tool]
    args, contains, uses = action.get("args", {}), action.get("contains", {}), action.get("uses", [])
    for arg in set(args) | set(contains) | {u["in"] for u in uses}:
        if arg not in required | optional:
            yield f"action {i}: {tool} has no argument {arg}"
    for arg, value in args.items():
        if not said(value, row, arg):
            yield f"action {i}: {arg} is not in the request's words"
    for arg, values in contains.items():
        if not said(values, row, arg):
            yield f"action {i}: a contained {arg} is not in the request's words"
    if "channel" in args and args["channel"] not in CHANNELS:
        yield f"action {i}: unknown channel"
    for use in uses:
        if set(use) != {"from", "product", "in"} or not 0 <= use["from"] < i:
            yield f"action {i}: a use must point back"
        elif use["product"] not in TOOLS[actions[use["from"]]["tool"]][2]:
            yield f"action {i}: {actions[use['from']]['tool']} does not produce {use['product']}"
    fixed = set(args) | set(contains) | {u["in"] for u in uses}
    missing = {m.rpartition(".")[2] for m in row["expect"]["missing"] if m.rpartition(".")[0] == tool}
    # The wording of a message may be left to the planner.
    for arg in required - fixed - missing - ({"text"} if tool == "slack.post_message" and not row["expect"]["missing"] else set()):
        yield f"action {i}: {arg} is neither fixed nor missing"
    if missing & (set(args) | {u["in"] for u in uses}):
        yield f"action {i}: an argument is both fixed and missing"


def check_row(row):
    if set(row) != KEYS:
        yield "wrong fields"
        return
    if row["lang"] not in ("ko", "en") or row["register"] not in REGISTERS or not row["text"].strip():
        yield "wrong lang, register or empty text"
    expect = row["expect"]
    if "refused" in expect:
        if expect != {"refused": True} or row["steps"] != 0:
            yield "a refused request has no steps and no other label"
        return
    if set(expect) != {"actions", "missing", "needs_approval"}:
        yield "wrong labels"
        return
    actions = expect["actions"]
    if row["steps"] != len(actions) or not actions:
        yield "steps is not the number of actions"
    unknown = [a.get("tool") for a in actions if a.get("tool") not in TOOLS]
    if unknown:
        yield f"unknown tools {unknown}"
        return
    for i, action in enumerate(actions):
        yield from check_action(i, action, actions, row)
    for m in expect["missing"]:
        tool, _, arg = m.rpartition(".")
        if tool not in {a["tool"] for a in actions} or arg not in TOOLS[tool][0]:
            yield f"missing {m} is no required argument of a planned tool"
    gated = any(TOOLS[a["tool"]][3] or a["args"].get("channel") == "#partners" for a in actions)
    if expect["needs_approval"] is not gated:
        yield "needs_approval does not follow from the actions"


def main():
    problems, ids, skeletons, texts = [], set(), {}, []
    readme = HERE / "README.md"
    readme = readme.read_text("utf-8") if readme.exists() else ""
    for name, (prefix, least, shares, joined) in FILES.items():
        rows = []
        for n, line in enumerate((HERE / name).read_text("utf-8").splitlines(), 1):
            try:
                rows.append(json.loads(line))
            except ValueError as error:
                problems.append(f"{name}:{n}: {error}")
        for row in rows:
            at = f"{name} {row.get('id')}"
            problems += [f"{at}: {p}" for p in check_row(row)]
            if row["id"] in ids:
                problems.append(f"{at}: id used twice")
            ids.add(row["id"])
            if not row["id"].startswith(prefix):
                problems.append(f"{at}: its id does not begin with {prefix}")
            texts.append((at, row["lang"], pieces(row["text"])))
            twin = skeletons.setdefault(skeleton(row["text"]), at)
            if twin != at:
                problems.append(f"{at}: same sentence as {twin} with nouns swapped")
        total = len(rows)
        if total < least:
            problems.append(f"{name}: {total} requests, at least {least} wanted")
        languages = collections.Counter(r["lang"] for r in rows)
        kinds = collections.Counter(map(kind, rows))
        if abs(languages["ko"] * 100 / total - 50) > 2.5:
            problems.append(f"{name}: languages are not half and half")
        for k, share in shares.items():
            if abs(kinds[k] * 100 / total - share) > 3:
                problems.append(f"{name}: {k} is {kinds[k] * 100 / total:.1f} %, {share} % wanted")
        registers = collections.Counter((r["lang"], r["register"]) for r in rows)
        if len(registers) != 8:
            problems.append(f"{name}: a register is absent in one language")
        flows = collections.Counter(row["steps"] for row in rows if dependent(row) and not row["expect"].get("missing"))
        for steps, wanted in zip((2, 3), joined):
            if flows[steps] < wanted:
                problems.append(f"{name}: {flows[steps]} dependent plans of {steps} steps, at least {wanted} wanted")
        gates = sum(r["expect"].get("needs_approval", False) for r in rows)
        print(f"{name}: {total} requests {dict(languages)} {dict(kinds)} approval={gates} dependent={flows[2]}+{flows[3]}")
        print("  " + " ".join(f"{l}/{r}={n}" for (l, r), n in sorted(registers.items())))
        digest = hashlib.sha256((HERE / name).read_bytes()).hexdigest()
        if name.startswith("measured") and digest not in readme:
            problems.append(f"README.md does not name {name}'s SHA-256 {digest}")
    problems += [f"{at}: nearly the same text as {other}" for at, other in near(texts)]
    print(*problems, sep="\n") if problems else print("ok")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
