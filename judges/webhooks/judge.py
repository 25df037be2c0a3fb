"""The same by the Python libraries."""

import base64
import json
import os
import secrets
import uuid
from datetime import datetime, timedelta, timezone

import standardwebhooks
import svix.webhooks

from tap import ask, check, done, equal

URL = os.environ["HANDOFF_URL"]
_, PROVIDERS = ask("GET", os.environ["SANDBOX_URL"] + "/_sandbox/providers")
SECRET = next(
    it["settings"]["webhook_secret"] for it in PROVIDERS["items"] if it["provider"] == "invoice_system"
)


def signed(library, at=None, secret=SECRET):
    at = at or datetime.now(timezone.utc)
    body = json.dumps(
        {
            "event_type": "client.intake.submitted",
            "event_id": str(uuid.uuid4()),
            "timestamp": datetime.now(timezone.utc).isoformat(),
            "intake_data": {
                "company_name": "Café ☕",
                "contact_email": "ada@example.com",
                "key_services": ["Branding"],
            },
        }
    )
    identifier = f"msg_{uuid.uuid4()}"
    return body, {
        "webhook-id": identifier,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": library(secret).sign(identifier, at, body),
    }


def send(body, headers):
    return ask("POST", URL + "/api/intake", body.encode(), headers=headers)


for name, library in (("standardwebhooks", standardwebhooks.Webhook), ("svix", svix.webhooks.Webhook)):
    with check(f"Python's {name}: a signed intake is accepted"):
        status, answer = send(*signed(library))
        equal(status, 200, answer)
    with check(f"Python's {name}: a changed body is refused"):
        body, headers = signed(library)
        status, answer = send(body.replace("ada@", "eve@"), headers)
        equal(status, 403, answer)
    with check(f"Python's {name}: an old signature is refused"):
        status, answer = send(*signed(library, at=datetime.now(timezone.utc) - timedelta(minutes=6)))
        equal(status in (401, 403), True, (status, answer))
    with check(f"Python's {name}: another secret is refused"):
        other = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
        status, answer = send(*signed(library, secret=other))
        equal(status, 403, answer)
done()
