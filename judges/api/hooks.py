"""Every request comes from an address of its own, or most would meet the limits for one address."""

import random

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    case.headers = case.headers or {}
    case.headers["X-Forwarded-For"] = f"198.18.{random.randrange(256)}.{random.randrange(256)}"
