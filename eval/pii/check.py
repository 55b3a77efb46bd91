#!/usr/bin/env python3
"""Validates the labelled personal data: shape, spans, checksums, shares, nearness of texts and hashes.

Reports line numbers and counts only, never a text.
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

TYPES = {
    "phone", "email", "resident_number", "foreigner_number", "passport", "drivers_license", "business_number",
    "bank_account", "card_number", "iban", "ip", "api_key", "private_key",
}
# file: least number of texts
FILES = {"measured.jsonl": 200, "measured2.jsonl": 300, "tuning.jsonl": 300}


def digits(s):
    return [int(c) for c in s if c.isdigit()]


def checksum(kind, s):
    """Whether the checksum of a kind that has one is right."""
    d = digits(s)
    if kind == "card_number":
        return sum(sum(divmod(2 * x, 10)) if i % 2 else x for i, x in enumerate(reversed(d))) % 10 == 0
    if kind in ("resident_number", "foreigner_number"):
        total = sum(a * b for a, b in zip(d, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)))
        return len(d) == 13 and d[12] == ((11 if kind == "resident_number" else 13) - total % 11) % 10
    if kind == "business_number":
        total = sum(a * b for a, b in zip(d, (1, 3, 7, 1, 3, 7, 1, 3, 5))) + d[8] * 5 // 10
        return len(d) == 10 and d[9] == (10 - total % 10) % 10
    if kind == "iban":
        s = re.sub(r"\s", "", s).upper()
        return int("".join(str(int(c, 36)) for c in s[4:] + s[:4])) % 97 == 1
    return True


def check(row, strict):
    if set(row) != {"text", "found"}:
        yield "wrong fields"
        return
    end = 0
    for f in sorted(row["found"], key=lambda f: f["start"]):
        if set(f) != {"type", "start", "end"} or f["type"] not in TYPES or not end <= f["start"] < f["end"] <= len(row["text"]):
            yield "a finding has a wrong type or span, or overlaps another"
            return
        end = f["end"]
        span = row["text"][f["start"]:end]
        if span != span.strip() or (strict and not checksum(f["type"], span)):
            yield f"a {f['type']} has spaces around it or a wrong checksum"


def main():
    problems, texts = [], []
    readme = (HERE / "README.md").read_text("utf-8")
    for file, least in FILES.items():
        data = (HERE / file).read_bytes()
        rows = [json.loads(line) for line in data.decode("utf-8").splitlines()]
        second = file == "measured2.jsonl"
        for n, row in enumerate(rows, 1):
            problems += [f"{file}:{n}: {p}" for p in check(row, second)]
            # Long tokens are drawn at random and say nothing; where little else is there, they stay.
            words = re.sub(r"[A-Za-z0-9+/_=-]{30,}", "\0", row["text"])
            texts.append((f"{file}:{n}", words if len(words) > 12 else row["text"]))
        kinds = collections.Counter(f["type"] for row in rows for f in row["found"])
        clean = sum(not row["found"] for row in rows)
        korean = sum(bool(re.search("[가-힣]", row["text"])) for row in rows)
        if len(rows) < least or clean * 3 < len(rows) or not 45 <= korean * 100 / len(rows) <= 58:
            problems.append(f"{file}: {len(rows)} texts, {clean} clean, {korean} Korean: too few, or not the shares wanted")
        if second and (set(kinds) != TYPES or min(kinds.values()) < 6):
            problems.append(f"{file}: a type is found fewer than six times")
        digest = hashlib.sha256(data).hexdigest()
        if second and digest not in readme:
            problems.append(f"README.md does not name {file}'s SHA-256 {digest}")
        print(f"{file}: {len(rows)} texts, {clean} clean, {korean} with Korean, {sum(kinds.values())} findings")
        print("  " + " ".join(f"{k}={v}" for k, v in sorted(kinds.items())))
    for at, other in near(texts):
        if "measured2" in at + other:
            problems.append(f"{at}: nearly the same text as {other}")
    print(*problems, sep="\n") if problems else print("ok")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
