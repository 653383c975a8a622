#!/usr/bin/env python3
"""Tells what the binary is made of: bytes of code and of data by crate, largest first.

    CARGO_PROFILE_RELEASE_STRIP=none cargo build --release -p terraform-provider-recovery
    python3 benches/size.py target/release/terraform-provider-recovery

A function counts for the crate that its name begins with: `<tf::Value as serde::Serialize>::serialize` is tf's, and what a generic function of
another crate became for us is that crate's. Libraries in C are found by what all their names have in common. Needs Python 3.9, and nm and size
of binutils; the symbols must still be there.
"""

import collections
import re
import subprocess
import sys

# Address, size, kind and name; what has no size is left out.
SYMBOL = re.compile(r"^[0-9a-f]+ ([0-9a-f]+) ([tTwWvVrRdD]) (.+)$")
# The first crate in a name, behind brackets, references and the words of pointers and trait objects.
CRATE = re.compile(r"^[<&(\[*]*(?:(?:dyn|mut|const|impl|for<[^>]*>) )*[<&(\[*]*([a-z_][a-z0-9_]*)(?:\[[0-9a-f]+\])?::")
C_NAMES = {"aws-lc (C and assembler)": re.compile(r"^_?(aws_lc_|AES|aes|sha|ec|p256|p384|p521|rsaz|bn_|gcm|ghash|vpaes|chacha|ChaCha|poly|x25519|curve25519|ml_?kem|mlkem|mldsa|ml_dsa|keccak|Keccak|fiat|ed25519|md5|RSAZ|CRYPTO)")}


def main():
    binary = sys.argv[1]
    code, data = collections.Counter(), collections.Counter()
    for line in output("nm", "--print-size", "--demangle", binary).splitlines():
        symbol = SYMBOL.match(line)
        if symbol:
            size, kind, name = symbol.groups()
            (code if kind in "tTwWvV" else data)[owner(name)] += int(size, 16)
    if not code:
        sys.exit(f"{binary} has no symbols: build it with CARGO_PROFILE_RELEASE_STRIP=none")
    sections = {}
    for line in output("size", "--format=sysv", binary).splitlines():
        fields = line.split()
        if len(fields) == 3 and fields[0].startswith("."):
            sections[fields[0]] = int(fields[1])
    print("| crate | code, bytes | named data, bytes |\n| --- | --- | --- |")
    whole = code + data
    for name, _ in whole.most_common(30):
        print(f"| {name} | {code[name]:,} | {data[name]:,} |")
    rest = [name for name, _ in whole.most_common()[30:]]
    print(f"| {len(rest)} others | {sum(code[name] for name in rest):,} | {sum(data[name] for name in rest):,} |")
    print(f"| all | {sum(code.values()):,} | {sum(data.values()):,} |\n\n| section | bytes |\n| --- | --- |")
    loaded = {name: size for name, size in sections.items() if not name.startswith((".debug", ".symtab", ".strtab", ".comment", ".bss", ".tbss"))}
    for name, size in sorted(loaded.items(), key=lambda pair: -pair[1])[:8]:
        print(f"| {name} | {size:,} |")


def owner(name):
    found = CRATE.match(name)
    if found:
        crate = found.group(1)
        # Of the standard library's crates, a user sees one.
        return "std" if crate in ("core", "alloc", "std", "hashbrown", "rustc_demangle", "addr2line", "gimli", "miniz_oxide", "object") else crate
    return next((title for title, pattern in C_NAMES.items() if pattern.match(name)), "without a crate")


def output(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
