#!/usr/bin/env python3
"""Makes vectors.json: random requests with their SDK-HMAC-SHA256 signatures (current form).

An implementation of its own, from the description of the algorithm and with nothing but the standard library, so that
it cannot share a mistake with the one in src/sign.rs. Seeded: the same version of the script writes the same file.
"""

import hashlib
import hmac
import json
import random
from urllib.parse import quote

ALPHABET = "abcXYZ019-_.~ +*%/,;:=&?#@!$'()[]{}|\\^`\"<>äöüßéñ漢字🙂\u00a0"
HEADERS = ["X-Project-Id", "X-Domain-Id", "X-Security-Token", "Content-Type", "Accept", "User-Agent", "X-Language"]


def text(rng, low, high, alphabet=ALPHABET):
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(low, high)))


def encode(part):
    """Unreserved characters stay, every other byte of the UTF-8 form becomes %XX in upper case."""
    return quote(part.encode("utf-8"), safe="-_.~")


def signature(secret_key, method, segments, pairs, headers, body):
    path = "/" + "/".join(encode(segment) for segment in segments)
    canonical_path = path if path.endswith("/") else path + "/"
    ordered = sorted(pairs, key=lambda pair: (pair[0].encode(), pair[1].encode()))
    query = "&".join(encode(name) + "=" + encode(value) for name, value in ordered)
    lowered = sorted((name.lower(), value.strip(" \t")) for name, value in headers)
    names = ";".join(name for name, _ in lowered)
    canonical = "\n".join(
        [
            method,
            canonical_path,
            query,
            "".join(f"{name}:{value}\n" for name, value in lowered),
            names,
            hashlib.sha256(body.encode()).hexdigest(),
        ]
    )
    date = dict(lowered)["x-sdk-date"]
    to_sign = "\n".join(["SDK-HMAC-SHA256", date, hashlib.sha256(canonical.encode()).hexdigest()])
    return path, query, names, hmac.new(secret_key.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


def vector(rng):
    method = rng.choice(["GET", "POST", "PUT", "DELETE", "HEAD"])
    segments = ["v3"] + [text(rng, 1, 12) for _ in range(rng.randint(0, 4))]
    names = [text(rng, 1, 8) for _ in range(rng.randint(0, 5))]
    pairs = [(name, text(rng, 0, 10)) for name in names for _ in range(rng.choice([1, 1, 1, 2, 3]))]
    rng.shuffle(pairs)
    host = rng.choice(["dcs.eu-de.otc.t-systems.com", "sim.example.com:8443", "127.0.0.1:40001", "localhost"])
    date = f"2026{rng.randint(1, 12):02}{rng.randint(1, 28):02}T{rng.randint(0, 23):02}{rng.randint(0, 59):02}{rng.randint(0, 59):02}Z"
    headers = [("Host", host), ("X-Sdk-Date", date)]
    for name in rng.sample(HEADERS, rng.randint(0, 5)):
        value = text(rng, 1, 20, "abcdefXYZ0189 =;/.,-_  ").strip() or "x"
        headers.append((rng.choice([name, name.lower(), name.upper()]), "  " + value + " " if rng.random() < 0.3 else value))
    rng.shuffle(headers)
    body = "" if method in ("GET", "HEAD") or rng.random() < 0.2 else text(rng, 1, 60) + rng.choice(["", "\n"])
    access_key = text(rng, 20, 20, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    secret_key = text(rng, 40, 40, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    path, query, signed, value = signature(secret_key, method, segments, pairs, headers, body)
    return {
        "access_key": access_key,
        "secret_key": secret_key,
        "method": method,
        "segments": segments,
        "pairs": pairs,
        "headers": headers,
        "body": body,
        "path": path,
        "query": query,
        "signed_headers": signed,
        "signature": value,
    }


def main():
    rng = random.Random(20261121)
    vectors = [vector(rng) for _ in range(160)]
    with open("vectors.json", "w", encoding="utf-8") as file:
        json.dump(vectors, file, ensure_ascii=False, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
