#!/usr/bin/env python3
"""Measures what the provider costs, side by side with `terraform_data`, against the rehearsal cloud.

    cargo build --release -p terraform-provider-recovery
    python3 benches/measure.py target/release/terraform-provider-recovery

Prints: process start to handshake line (median of 50), memory after the schema was sent, size of the binary, and `terraform plan` of 1,000 existing
backups on 42 instances next to the plan of 1,000 `terraform_data` (medians of 5 pairs, taken in turn), with the number of list calls of one plan.
With `--growth` as second argument: the provider's own CPU for an apply of 250, 500 and 1,000 new backups, per resource (Linux).
With `--floor`: plan, refresh, apply and destroy of 1, 250, 500 and 1,000 backups by the provider and by `benches/floor.rs`, in turn, with the CPU of the
core, the CPU and the memory of the plugin apart (Linux). It builds the floor with cargo first, unless its path follows.
Needs Python 3.9 and terraform on PATH; everything happens in a temporary folder.
"""

import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

COOKIE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"
PROVIDER = 'terraform {\n  required_providers {\n    recovery = { source = "cloud-recovery/recovery" }\n  }\n}\nprovider "recovery" {\n  region = "eu-de"\n}\n'


def handshake(binary):
    environment = {**os.environ, "TF_PLUGIN_MAGIC_COOKIE": COOKIE, "PLUGIN_PROTOCOL_VERSIONS": "5"}
    began = time.perf_counter()
    process = subprocess.Popen([binary], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    process.stdout.readline()
    took = time.perf_counter() - began
    process.kill()
    process.wait()
    return took * 1000


def spawn_cost():
    began = time.perf_counter()
    process = subprocess.Popen(["true"], stdout=subprocess.PIPE)
    process.stdout.readline()
    took = time.perf_counter() - began
    process.wait()
    return took * 1000


def memory_after_schema(binary, environment, folder):
    """The largest resident set of the provider while Terraform asks for the schema, in MB (Linux)."""
    process = subprocess.Popen(["terraform", "providers", "schema", "-json"], cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        for status in pathlib.Path("/proc").glob("[0-9]*/status"):
            try:
                if os.readlink(status.parent / "exe") == binary and "simulate" not in (status.parent / "cmdline").read_text():
                    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
                    peak = max(peak, int(lines["VmHWM"].split()[0]))
            except (OSError, KeyError):
                continue
        time.sleep(0.001)
    return peak / 1024


def simulate(binary, folder, instances):
    world = {"dcs": {"instances": []}}
    for number in range(instances):
        world["dcs"]["instances"].append({"id": f"00000000-0000-4000-8000-{number:012}", "name": f"cache-{number}"})
    scenario = os.path.join(folder, "scenario.json")
    with open(scenario, "w", encoding="utf-8") as file:
        json.dump({"world": {"dcs": {"instances": world["dcs"]["instances"], "backups": []}}, "durations": {"dcs": {"waiting_seconds": 0, "backup_seconds": 1}}}, file)
    process = subprocess.Popen([binary, "simulate", "--listen", "127.0.0.1:0", "--scenario", scenario, "--speed", "1000"], stdout=subprocess.PIPE, text=True)
    return process, json.loads(process.stdout.readline())


def terraform(arguments, folder, environment):
    done = subprocess.run(["terraform", *arguments], cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"terraform {' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}")
    return done


def timed_plan(folder, environment):
    began = time.perf_counter()
    terraform(["plan", "-input=false"], folder, environment)
    return time.perf_counter() - began


def lists(url, clear=False):
    request = urllib.request.Request(url + "/_rehearsal/requests", method="DELETE" if clear else "GET")
    body = urllib.request.urlopen(request).read()
    if clear:
        return 0
    return sum(1 for entry in json.loads(body)["requests"] if entry["method"] == "GET" and entry["path"].endswith("/backups"))


def watched(binary, arguments, folder, environment):
    """Runs one Terraform command. Seconds it took, the core's CPU, the CPU of all plugin processes by the last look at each, and the largest
    resident set of one of them in MB (Linux)."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    plugin, peak = plugin_of(binary, arguments, folder, environment)
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    # A core waits for its plugins, so that their time is in the sum.
    whole = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": took, "core": max(whole - plugin, 0), "plugin": plugin, "peak": peak}


def plugin_of(binary, arguments, folder, environment):
    """Seconds of CPU of all plugin processes of one Terraform command, and the largest resident set of one in MB."""
    process = subprocess.Popen(["terraform", *arguments], cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    seen, peak, ticks = {}, 0, os.sysconf("SC_CLK_TCK")
    while process.poll() is None:
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(entry / "exe") == binary and "simulate" not in (entry / "cmdline").read_text():
                    fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                    seen[entry.name] = (int(fields[11]) + int(fields[12])) / ticks
                    lines = dict(line.split(":", 1) for line in (entry / "status").read_text().splitlines())
                    peak = max(peak, int(lines["VmHWM"].split()[0]) / 1024)
            except (OSError, KeyError):
                continue
        time.sleep(0.02)
    if process.returncode != 0:
        sys.exit(process.stderr.read().decode())
    return sum(seen.values()), peak


def built_floor(folder, path):
    """Builds the floor, unless there is one, and puts it where a core takes it for the provider."""
    target = os.path.join(folder, "terraform-provider-recovery")
    if path:
        shutil.copy(path, target)
        return target
    command = ["cargo", "build", "--release", "--bench", "floor", "--message-format", "json"]
    for line in subprocess.run(command, check=True, capture_output=True, text=True, cwd=pathlib.Path(__file__).parent).stdout.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == "floor":
            shutil.copy(message["executable"], target)
            return target
    sys.exit("cargo built no floor")


def beside_the_floor(binary, floor):
    steps = {
        "apply": ["apply", "-auto-approve", "-input=false", "-parallelism=50"],
        "plan": ["plan", "-input=false"],
        "plan -refresh=false": ["plan", "-input=false", "-refresh=false"],
        "refresh only": ["apply", "-refresh-only", "-auto-approve", "-input=false"],
        "destroy": ["destroy", "-auto-approve", "-input=false", "-parallelism=50"],
    }
    print("| resources | step | wall s (floor, ratio) | core's CPU s (floor) | plugin's CPU s (floor) | ms of it each | peak MB (floor) |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as place:
        floor = built_floor(place, floor)
        for count in (1, 250, 500, 1000):
            with tempfile.TemporaryDirectory() as folder:
                cloud, connection = simulate(binary, folder, 42)
                try:
                    pair = [(plugin, os.path.join(folder, name)) for plugin, name in ((binary, "ours"), (floor, "floor"))]
                    for _, where in pair:
                        os.mkdir(where)
                        write_backups(where, count)
                    for name, arguments in steps.items():
                        # What changes nothing is run three times; the medians count.
                        rounds = 1 if name in ("apply", "destroy") else 3
                        runs = [[watched(plugin, arguments, where, prepared(plugin, where, connection)) for plugin, where in pair] for _ in range(rounds)]
                        ours, bare = ({key: statistics.median(run[side][key] for run in runs) for key in runs[0][side]} for side in (0, 1))
                        ratio = statistics.median(run[0]["wall"] / run[1]["wall"] for run in runs)
                        print(
                            f"| {count:,} | {name} | {ours['wall']:.2f} ({bare['wall']:.2f}, {ratio:.2f}) | {ours['core']:.2f} ({bare['core']:.2f}) "
                            f"| {ours['plugin']:.2f} ({bare['plugin']:.2f}) | {ours['plugin'] / count * 1000:.2f} | {ours['peak']:.1f} ({bare['peak']:.1f}) |",
                            flush=True,
                        )
                finally:
                    cloud.terminate()


def growth(binary):
    for count in (250, 500, 1000):
        with tempfile.TemporaryDirectory() as folder:
            cloud, connection = simulate(binary, folder, 42)
            try:
                environment = prepared(binary, folder, connection)
                write_backups(folder, count)
                seconds, _ = plugin_of(binary, ["apply", "-auto-approve", "-input=false", "-parallelism=50"], folder, environment)
                print(f"apply of {count} new backups: {seconds:.2f} s of the provider's CPU, {seconds / count * 1000:.2f} ms each")
            finally:
                cloud.terminate()


def main():
    binary = os.path.abspath(sys.argv[1])
    if "--growth" in sys.argv[2:]:
        return growth(binary)
    if "--floor" in sys.argv[2:]:
        return beside_the_floor(binary, next(iter(sys.argv[3:]), None))
    print(f"binary: {os.path.getsize(binary) / 1e6:.1f} MB")
    handshake(binary)
    print(f"handshake: {statistics.median(handshake(binary) for _ in range(50)):.2f} ms from spawn (spawning `true` alone: {statistics.median(spawn_cost() for _ in range(50)):.2f} ms)")
    with tempfile.TemporaryDirectory() as folder:
        cloud, connection = simulate(binary, folder, 42)
        try:
            plans(binary, folder, connection)
        finally:
            cloud.terminate()


def prepared(binary, folder, connection):
    configuration = os.path.join(folder, "cli.tfrc")
    with open(configuration, "w", encoding="utf-8") as file:
        file.write('provider_installation {\n  dev_overrides {\n    "cloud-recovery/recovery" = "%s"\n  }\n  direct {}\n}\n' % os.path.dirname(binary))
    return {**os.environ, "TF_CLI_CONFIG_FILE": configuration, "RECOVERY_REHEARSAL": connection["url"], "CHECKPOINT_DISABLE": "1"}


def write_backups(folder, count):
    with open(os.path.join(folder, "main.tf"), "w", encoding="utf-8") as file:
        file.write(PROVIDER)
        file.write('resource "recovery_dcs_backup" "b" {\n  count       = %d\n  instance_id = format("00000000-0000-4000-8000-%%012d", floor(count.index / 24))\n  remark      = "b${count.index}"\n}\n' % count)


def plans(binary, folder, connection):
    environment = prepared(binary, folder, connection)
    ours, plain = os.path.join(folder, "ours"), os.path.join(folder, "plain")
    os.mkdir(ours)
    os.mkdir(plain)
    write_backups(ours, 1000)
    with open(os.path.join(plain, "main.tf"), "w", encoding="utf-8") as file:
        file.write('resource "terraform_data" "b" {\n  count = 1000\n  input = "b${count.index}"\n}\n')
    print(f"memory after the schema was sent: {memory_after_schema(binary, environment, ours):.1f} MB")
    terraform(["init", "-input=false"], plain, environment)
    terraform(["apply", "-auto-approve", "-input=false", "-parallelism=50"], ours, environment)
    terraform(["apply", "-auto-approve", "-input=false"], plain, environment)
    lists(connection["url"], clear=True)
    timed_plan(ours, environment)
    print(f"list calls of one plan: {lists(connection['url'])} for 42 instances")
    pairs = [(timed_plan(ours, environment), timed_plan(plain, environment)) for _ in range(5)]
    first, second = statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)
    ratio = statistics.median(pair[0] / pair[1] for pair in pairs)
    print(f"plan of 1,000 backups: {first:.2f} s; of 1,000 terraform_data: {second:.2f} s; ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
