#!/usr/bin/env python3
"""Builds, packs and signs a release, laid out as the registries of Terraform and OpenTofu demand it.

    release/release.py --key KEY                     all targets, signed
    release/release.py --targets linux_amd64         some of them, unsigned
    release/release.py --binary linux_amd64=PATH     packs what was built elsewhere; with --targets, beside what is built here

Writes into dist/ (or --out): a zip for each target, the manifest, the sums of these, the signature, and an SBOM. Needs
Python 3.8, cargo, for targets other than this machine's cargo-zigbuild with zig, for Windows nasm, for darwin a Mac, and gpg to sign. RELEASING.md tells the
steps around it.
"""

import argparse
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
NAME = "terraform-provider-recovery"

# The platforms in Terraform's words, and in Rust's. Of glibc, the oldest that is still supported somewhere.
TARGETS = {
    "linux_amd64": "x86_64-unknown-linux-gnu",
    "linux_arm64": "aarch64-unknown-linux-gnu",
    "darwin_amd64": "x86_64-apple-darwin",
    "darwin_arm64": "aarch64-apple-darwin",
    "windows_amd64": "x86_64-pc-windows-gnu",
}
OLDEST_GLIBC = "2.28"
# What the Registry of Terraform reads to learn which protocol the provider speaks.
MANIFEST = {"version": 1, "metadata": {"protocol_versions": ["5.0"]}}
# The kinds of keys that it accepts, by their numbers in OpenPGP.
ACCEPTED_KEYS = {"1": "RSA", "17": "DSA"}
# Zip files know no time before this one. A date of the build would make each build another file.
BEGINNING_OF_TIME = (1980, 1, 1, 0, 0, 0)


class Problem(Exception):
    """Why there is no release, for whoever started it."""


def main():
    arguments = parse()
    version = arguments.version or workspace_version()
    binaries = dict(arguments.binary)
    names = to_build(arguments.targets, binaries)
    if names:
        ready_to_release(version)
        ready_to_build(names)
        binaries.update({target: build(target) for target in names})
    packages = linked_packages(binaries)
    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    bill = json.dumps(sbom(version, packages), indent=2, sort_keys=True) + "\n"
    texts = {
        "LICENSE": (ROOT / "LICENSE").read_bytes(),
        "THIRD-PARTY-LICENSES.txt": licences(packages).encode(),
        "sbom.cdx.json": bill.encode(),
    }
    written = [pack(out, version, target, path, texts) for target, path in sorted(binaries.items())]
    manifest = out / f"{NAME}_{version}_manifest.json"
    manifest.write_text(json.dumps(MANIFEST) + "\n")
    (out / f"{NAME}_{version}_sbom.cdx.json").write_text(bill)
    sums = write_sums(out, version, written + [manifest])
    if arguments.key:
        sign(sums, arguments.key)
    for path in sorted(out.iterdir()):
        print(f"{digest(path)}  {path.name}  ({path.stat().st_size} bytes)")
    if not arguments.key:
        print("not signed: no --key was given, and no registry takes it so", file=sys.stderr)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", type=version_number, help="default: the one in Cargo.toml")
    parser.add_argument("--key", help="the key of gpg to sign with: RSA or DSA")
    parser.add_argument("--targets", type=targets, help="some of: " + ", ".join(TARGETS))
    parser.add_argument("--binary", type=named_binary, action="append", default=[], metavar="TARGET=PATH")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "dist")
    return parser.parse_args()


def version_number(text):
    if not re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", text):
        raise argparse.ArgumentTypeError(f"{text} is no version such as 0.1.0")
    return text


def targets(text):
    unknown = [name for name in text.split(",") if name not in TARGETS]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    return text.split(",")


def named_binary(text):
    target, _, path = text.partition("=")
    if target not in TARGETS or not os.path.isfile(path):
        raise argparse.ArgumentTypeError(f"{text}: expected one of {', '.join(TARGETS)}, = and a file")
    return target, pathlib.Path(path)


def run(*words, **options):
    """The standard output of a command; a Problem if it fails."""
    try:
        done = subprocess.run(words, check=True, stdout=subprocess.PIPE, cwd=ROOT, **options)
    except FileNotFoundError:
        raise Problem(f"{words[0]} is not on PATH")
    except subprocess.CalledProcessError as error:
        raise Problem(f"{' '.join(map(str, words))} ended with {error.returncode}")
    return done.stdout.decode()


def workspace_version():
    return re.search(r'\[workspace\.package\]\nversion = "([^"]+)"', (ROOT / "Cargo.toml").read_text()).group(1)


def ready_to_release(version):
    """What is released is what is committed, under one version, with a date in the changelog."""
    if version != workspace_version():
        raise Problem(f"Cargo.toml says {workspace_version()}, not {version}")
    if not re.search(rf"^## {re.escape(version)} \(\w+ \d+, \d+\)$", (ROOT / "CHANGELOG.md").read_text(), re.M):
        raise Problem(f"CHANGELOG.md has no heading such as: ## {version} (January 1, 2030)")
    if run("git", "status", "--porcelain"):
        raise Problem("there are changes that are not committed")


def to_build(chosen, binaries):
    """The targets to build: those that were chosen; all of them, unless there are binaries to pack."""
    names = chosen if chosen is not None else [] if binaries else list(TARGETS)
    return [name for name in names if name not in binaries]


def ready_to_build(names):
    """What is missing is said before the first of several long builds."""
    host = host_triple()
    wanted = {"cargo"}
    for name in names:
        triple = TARGETS[name]
        # The system's own frameworks (Security, CoreFoundation) are linked in, and zig has none of them.
        if is_darwin(triple) and not is_darwin(host):
            raise Problem(f"{name} needs a Mac: build it there and give it as --binary {name}=PATH (RELEASING.md)")
        if not is_native(triple, host):
            wanted.add("cargo-zigbuild")
        # Its assembler is that of Windows; what aws-lc brings ready-made is larger.
        if name == "windows_amd64":
            wanted.add("nasm")
    missing = sorted(program for program in wanted if shutil.which(program) is None)
    if missing:
        raise Problem(f"not on PATH: {', '.join(missing)} (RELEASING.md, What is needed once)")


def is_darwin(triple):
    return triple.endswith("-apple-darwin")


def is_native(triple, host):
    """Whether cargo alone builds it: of a Mac's two processors, each builds for the other."""
    return triple == host or (is_darwin(triple) and is_darwin(host))


def host_triple():
    return re.search(r"^host: (.+)$", run("rustc", "-vV"), re.M).group(1)


def build(target):
    """The program for one target. Paths of this machine are kept out of it, so that two builds give one hash."""
    triple = TARGETS[target]
    host = host_triple()
    home = os.environ.get("CARGO_HOME", os.path.expanduser("~/.cargo"))
    # Of two that fit, the last one counts: the target folder may lie inside of the repository.
    places = [(home, "cargo"), (ROOT, "."), (target_folder(), "target")]
    flags = [f"--remap-path-prefix={path}={name}" for path, name in places]
    c_flags = " ".join(f"-ffile-prefix-map={path}={name}" for path, name in places)
    environment = dict(
        os.environ,
        CARGO_ENCODED_RUSTFLAGS="\x1f".join(flags),
        CFLAGS=c_flags,
        CARGO_INCREMENTAL="0",
        SOURCE_DATE_EPOCH=run("git", "log", "-1", "--format=%ct").strip(),
    )
    command = ["cargo", "build"] if is_native(triple, host) else ["cargo", "zigbuild"]
    # Zig links against the glibc that is named behind the triple.
    exact = f"{triple}.{OLDEST_GLIBC}" if command[1] == "zigbuild" and triple.endswith("-gnu") and "linux" in triple else triple
    run(*command, "--release", "--locked", "--bin", NAME, "--target", exact, env=environment)
    suffix = ".exe" if "windows" in triple else ""
    return target_folder() / triple / "release" / f"{NAME}{suffix}"


def target_folder():
    return ROOT / os.environ.get("CARGO_TARGET_DIR", "target")


def linked_packages(binaries):
    """The packages that are linked into any of the programs: dependencies at run time, not those of builds and tests."""
    found = {}
    for target in binaries:
        words = ["--format-version", "1", "--locked", "--filter-platform", TARGETS[target]]
        metadata = json.loads(run("cargo", "metadata", *words))
        packages = {package["id"]: package for package in metadata["packages"]}
        nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
        waiting = [next(package["id"] for package in metadata["packages"] if package["name"] == NAME)]
        while waiting:
            node = nodes[waiting.pop()]
            if node["id"] in found:
                continue
            package = packages[node["id"]]
            kinds = {target_kind for each in package["targets"] for target_kind in each["kind"]}
            # A macro runs in the compiler; nothing of it is in the program.
            if "proc-macro" in kinds:
                continue
            found[node["id"]] = package
            normal = (edge for edge in node["deps"] if any(kind["kind"] is None for kind in edge["dep_kinds"]))
            waiting.extend(edge["pkg"] for edge in normal)
    return sorted(found.values(), key=lambda package: (package["name"], package["version"]))


def sbom(version, packages):
    """A bill of materials in CycloneDX 1.5, without a date or a random number: the same input gives the same file."""
    others = [package for package in packages if package["source"]]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": f"pkg:cargo/{NAME}@{version}",
                "name": NAME,
                "version": version,
                "licenses": [{"expression": "Apache-2.0"}],
            }
        },
        "components": [
            {
                "type": "library",
                "bom-ref": f"pkg:cargo/{package['name']}@{package['version']}",
                "purl": f"pkg:cargo/{package['name']}@{package['version']}",
                "name": package["name"],
                "version": package["version"],
                # Some packages still write the slash that meant OR once.
                "licenses": [{"expression": (package["license"] or "NOASSERTION").replace("/", " OR ")}],
            }
            for package in others
        ],
    }


def licences(packages):
    """The licences of all that is linked in, as their authors ship them; a text that many share stands here once."""
    is_licence = re.compile(r"(licen[cs]e|copying|notice|copyright)", re.I)
    named, shared = [], {}
    for package in (package for package in packages if package["source"]):
        title = f"{package['name']} {package['version']}"
        folder = pathlib.Path(package["manifest_path"]).parent
        files = [path for path in sorted(folder.iterdir()) if path.is_file() and is_licence.match(path.name)]
        authors = ", ".join(package["authors"]) or package["repository"] or "its authors"
        named.append(f"{title}: {package['license']}" + ("" if files else f" (ships no text of it; by {authors})"))
        for path in files:
            shared.setdefault(path.read_text(errors="replace").strip(), []).append(f"{title}, {path.name}")
    texts = [f"{'=' * 80}\n" + "\n".join(owners) + f"\n{'-' * 80}\n\n{text}\n" for text, owners in shared.items()]
    head = "This program contains these packages, each under its own licence:\n"
    return "\n".join([head, "\n".join(named) + "\n"] + texts)


def pack(out, version, target, binary, texts):
    """One zip. The same files give the same bytes: names are sorted, and there are no dates and no owners."""
    suffix = ".exe" if target.startswith("windows") else ""
    files = {f"{NAME}_v{version}{suffix}": (binary.read_bytes(), 0o755)}
    files.update({name: (text, 0o644) for name, text in texts.items()})
    path = out / f"{NAME}_{version}_{target}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, (content, mode) in sorted(files.items()):
            entry = zipfile.ZipInfo(name, BEGINNING_OF_TIME)
            entry.create_system = 3  # Unix: the modes below count.
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=6)
    return path


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_sums(out, version, paths):
    sums = out / f"{NAME}_{version}_SHA256SUMS"
    sums.write_text("".join(f"{digest(path)}  {path.name}\n" for path in sorted(paths)))
    return sums


def sign(sums, key):
    """A binary signature beside the sums: an armored one, or one by an elliptic curve, is refused by the Registry."""
    listing = run("gpg", "--batch", "--with-colons", "--list-secret-keys", key)
    kinds = [line.split(":")[3] for line in listing.splitlines() if line.startswith("sec:")]
    if kinds and kinds[0] not in ACCEPTED_KEYS:
        raise Problem(f"the key {key} is neither RSA nor DSA; Terraform's Registry takes no other")
    signature = sums.with_name(sums.name + ".sig")
    run("gpg", "--batch", "--yes", "--local-user", key, "--detach-sign", "--output", str(signature), str(sums))


if __name__ == "__main__":
    try:
        main()
    except Problem as problem:
        sys.exit(f"release: {problem}")
