"""Which texts of a labelled set are nearly the same: the sets of their three-character pieces overlap too much.

A web address counts as one piece, however long it is.
"""
import re
import unicodedata


def pieces(text):
    s = re.sub(r"https?://[\w./-]+", "\0", unicodedata.normalize("NFC", text).casefold())
    s = re.sub(r"[\s#-]", "", s)
    return {s[i:i + 3] for i in range(len(s) - 2)} or {s}


def near(texts, limit=0.5):
    """texts: (place, text) pairs. Yields (place, other place) where the shared pieces are more than `limit` of all."""
    seen = []
    for at, text in texts:
        a = pieces(text)
        for other, b in seen:
            if len(a & b) > limit * len(a | b):
                yield at, other
        seen.append((at, a))
