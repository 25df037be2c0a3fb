"""Checks of a judge in Python, told in the Test Anything Protocol."""

import contextlib
import json
import sys
import time
import traceback
import urllib.error
import urllib.request

_failed = False


@contextlib.contextmanager
def check(what):
    """One check: it holds unless its block raises."""
    global _failed
    try:
        yield
        print(f"ok - {what}", flush=True)
    except Exception as error:
        _failed = True
        traceback.print_exc()
        told = " ".join(str(error).split())[:300]
        print(f"not ok - {what}: {type(error).__name__} {told}", flush=True)


def equal(left, right, about=""):
    assert left == right, f"{left!r} is not {right!r} {about}"


def done():
    sys.exit(1 if _failed else 0)


def ask(method, url, body=None, token=None, headers=None):
    """Status and body of a request; a JSON body is read."""
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method)
    if data is not None:
        request.add_header("Content-Type", "application/json")
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    for name, value in (headers or {}).items():
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            status, raw = answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        status, raw = refused.code, refused.read()
    try:
        return status, json.loads(raw)
    except ValueError:
        return status, raw.decode(errors="replace")


def until(what, probe, seconds=60):
    """Waits until the probe gives something, and gives that."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = probe()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {seconds} s")
