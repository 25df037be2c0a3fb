"""Schemathesis asks every operation of the document, well and badly, as each kind of caller.

What it looks for: an answer of 500 or above, a status that the document does not name, a body that is not
as described, another media type, and a request that the description refuses but the program accepts.
"""

import hmac
import json
import os
import re
import subprocess
import uuid
from datetime import datetime, timezone

from tap import ask, check, done, equal, until

URL = os.environ["HANDOFF_URL"]
OWNER = os.environ["HANDOFF_TOKEN"]
FOLDER = os.environ["JUDGE_FOLDER"]
DEEP = "JUDGE_DEEP" in os.environ
EXAMPLES = 300 if DEEP else 6
SEED = 20_261_121
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "ignored_auth",
]

ROLES = {"owner": OWNER}
for role in ("staff", "partner"):
    with check(f"a token for {role} is made"):
        status, made = ask(
            "POST", f"{URL}/v1/tokens", {"name": f"judge-{role}", "role": role, "rate_per_minute": 1_000_000}, OWNER
        )
        equal(status, 201, made)
        ROLES[role] = made["token"]


def known_things():
    """Ids of what an intake leaves behind, or most questions are about nothing."""
    _, providers = ask("GET", f"{URL}/_sandbox/providers")
    secret = next(it["settings"]["webhook_secret"] for it in providers["items"] if it["provider"] == "invoice_system")
    body = json.dumps(
        {
            "event_type": "client.intake.submitted",
            "event_id": str(uuid.uuid4()),
            "timestamp": datetime.now(timezone.utc).isoformat(),
            "intake_data": {"company_name": "Ada", "contact_email": "ada@example.com", "key_services": ["Branding"]},
        }
    ).encode()
    signature = "sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest()
    equal(ask("POST", f"{URL}/api/intake", body, headers={"X-MWD-Signature": signature})[0], 200)

    def items(path):
        return ask("GET", f"{URL}/v1/{path}", token=OWNER)[1]["items"]

    until("the run completes", lambda: [it for it in items("runs") if it["status"] == "completed"])
    first = {name: items(name)[0] for name in ("leads", "clients", "deliverables", "runs", "webhooks")}
    new = {"kind": "judge", "severity": "warning", "cause": "judge", "title": "A judge"}
    alert = ask("POST", f"{URL}/v1/alerts", new, OWNER)
    return {
        "lead_id": first["leads"]["lead_id"],
        "client_id": first["clients"]["client_id"],
        "deliverable_id": first["deliverables"]["deliverable_id"],
        "run_id": first["runs"]["run_id"],
        "delivery_id": first["webhooks"]["delivery_id"],
        "alert_id": alert[1]["alert_id"],
        "connector": "slack",
        "flow": "client-onboarding",
        "type": "branding_strategy",
    }


# Whatever refuses is right: a body may be too large before anyone looks whether its fields are too long.
REFUSALS = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429", "5xx"]


def run(name, token, parameters=None, phases="examples,coverage,fuzzing"):
    config = f"{FOLDER}/{name}.toml"
    with open(config, "w") as file:
        file.write(f"[checks.negative_data_rejection]\nexpected-statuses = {json.dumps(REFUSALS)}\n")
        if parameters:
            file.write("[parameters]\n" + "".join(f'"path.{key}" = "{value}"\n' for key, value in parameters.items()))
    command = ["schemathesis", "--config-file", config]
    command += ["run", f"{URL}/openapi.json", "--header", f"Authorization: Bearer {token}"]
    command += ["--seed", str(SEED), "--max-examples", str(EXAMPLES), "--checks", ",".join(CHECKS)]
    command += ["--phases", phases + (",stateful" if DEEP else "")]
    command += ["--continue-on-failure", "--no-color", "--request-timeout", "20", "--workers", "1"]
    # Its own token must stay valid to the end, and a stream has none.
    command += ["--exclude-operation-id", "revoke_token", "--exclude-operation-id", "stream_events"]
    path = f"{FOLDER}/{name}.txt"
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": os.path.dirname(__file__)}
    with open(path, "w") as report:
        ended = subprocess.run(command, stdout=report, stderr=subprocess.STDOUT, cwd=FOLDER, env=environment)
    said = open(path).read()
    assert re.search(r"Operations:\s+\d+ selected", said), f"nothing was asked; see {path}"
    failures = re.findall(r"^_+ (.+) _+$", said, re.M)
    assert ended.returncode == 0, f"{len(failures)} operations: {', '.join(failures)}; see {path}"


with check("an intake leaves things to ask about"):
    things = known_things()
with check("no request of an owner about what there is finds a fault"):
    run("known", OWNER, things)
for role, token in ROLES.items():
    with check(f"no request of a {role} finds a fault"):
        # Most of what is asked by who may do little is refused alike; generating more of it finds nothing more.
        run(role, token, phases="examples,coverage,fuzzing" if role == "owner" or DEEP else "examples,coverage")
with check("the program is still ready"):
    equal(ask("GET", f"{URL}/readyz")[0], 200)
done()
