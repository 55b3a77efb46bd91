#!/usr/bin/env python3
"""Validates the labelled retrieval requests and their catalogue: shape, names, shares, nearness of texts and hashes.

Reports ids and counts only, never the text of a request.
"""
import collections
import hashlib
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from near import near  # noqa: E402

# file: (id prefix, least number of requests)
FILES = {"measured.jsonl": ("v", 300), "tuning.jsonl": ("u", 150)}
HASHED = ("catalogue.jsonl", "measured.jsonl")
TOP = 8


def read(name):
    return [json.loads(line) for line in (HERE / name).read_text("utf-8").splitlines()]


def check_contract(contract):
    if set(contract) != {"name", "description", "input_schema"}:
        yield "wrong fields"
        return
    if not re.fullmatch(r"[a-z0-9_]+\.[a-z0-9_]+", contract["name"]):
        yield "its name is not service.verb_object"
    if len(contract["description"]) < 15:
        yield "its description says too little"
    schema = contract["input_schema"]
    if schema.get("type") != "object" or schema.get("additionalProperties") is not False:
        yield "its input is no closed object"
    if not set(schema["required"]) <= set(schema["properties"]):
        yield "it requires what it does not describe"


def main():
    problems = []
    catalogue = read("catalogue.jsonl")
    names = [c["name"] for c in catalogue]
    problems += [f"catalogue {c.get('name')}: {p}" for c in catalogue for p in check_contract(c)]
    if len(set(names)) != len(names) or len(names) < 100:
        problems.append("catalogue.jsonl: a name is used twice, or there are fewer than 100 contracts")
    problems += [f"catalogue {at}: nearly the same description as {other}" for at, other in near([(c["name"], c["description"]) for c in catalogue], 0.6)]
    print(f"catalogue.jsonl: {len(names)} contracts")
    ids, texts = set(), []
    for file, (prefix, least) in FILES.items():
        rows, used = read(file), set()
        for row in rows:
            at = f"{file} {row.get('id')}"
            if set(row) != {"id", "lang", "text", "tools"} or row["id"] in ids or not row["id"].startswith(prefix):
                problems.append(f"{at}: wrong fields, or its id is used twice or begins wrongly")
                continue
            ids.add(row["id"])
            texts.append((at, row["text"]))
            if bool(re.search("[가-힣]", row["text"])) is not (row["lang"] == "ko"):
                problems.append(f"{at}: its language is another")
            if not row["tools"] or len(set(row["tools"])) != len(row["tools"]) or len(row["tools"]) > TOP or not set(row["tools"]) <= set(names):
                problems.append(f"{at}: it wants no tool, too many, one twice or one that the catalogue lacks")
            used |= set(row["tools"])
        languages = collections.Counter(row["lang"] for row in rows)
        sizes = collections.Counter(len(row["tools"]) for row in rows)
        if len(rows) < least or abs(languages["ko"] * 100 / len(rows) - 50) > 2:
            problems.append(f"{file}: {len(rows)} requests, at least {least} wanted, or languages are not half and half")
        if file == "measured.jsonl" and used != set(names):
            problems.append(f"{file}: no request wants {sorted(set(names) - used)}")
        print(f"{file}: {len(rows)} requests {dict(languages)}, by number of tools {dict(sorted(sizes.items()))}, {len(used)} tools")
    problems += [f"{at}: nearly the same text as {other}" for at, other in near(texts)]
    readme = (HERE / "README.md").read_text("utf-8")
    for file in HASHED:
        digest = hashlib.sha256((HERE / file).read_bytes()).hexdigest()
        if digest not in readme:
            problems.append(f"README.md does not name {file}'s SHA-256 {digest}")
    print(*problems, sep="\n") if problems else print("ok")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
