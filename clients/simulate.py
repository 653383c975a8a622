"""What both scripts need: a rehearsal cloud of their own, its journal and faults, and a way to wait."""

import contextlib
import json
import subprocess
import tempfile
import time
import urllib.request


@contextlib.contextmanager
def cloud(program, **scenario):
    """Runs `simulate` with this scenario and yields its first line, read; the cloud ends with the block."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/scenario.json"
        with open(path, "w") as file:
            json.dump(scenario, file)
        command = [program, "simulate", "--speed", "60", "--scenario", path]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield json.loads(process.stdout.readline())
            finally:
                process.terminate()


def control(connection, what, method="GET", body=None):
    """Calls the cloud's control origin, such as its journal (`requests`) or its `faults`."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{connection['url']}/_rehearsal/{what}", data=data, method=method)
    with urllib.request.urlopen(request, timeout=10) as reply:
        return json.loads(reply.read() or "null")


def wait(what, look):
    """Looks until there is something, at most half a minute."""
    for _ in range(300):
        found = look()
        if found is not None:
            return found
        time.sleep(0.1)
    raise SystemExit(f"{what}: nothing happened for half a minute")


def same(what, found, expected):
    """Prints a line; ends the script when it is not as expected."""
    if found != expected:
        raise SystemExit(f"{what}: expected {expected!r}, found {found!r}")
    print(f"  {what}: {found}")
