"""The same by the Python libraries."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import standardwebhooks
import svix.webhooks

from tap import ask, check, done, equal, until

URL, TOKEN = os.environ["HANDOFF_URL"], os.environ["HANDOFF_TOKEN"]
PORT = int(os.environ["PEER_PORTS"].split()[1])
LIBRARIES = (("standardwebhooks", standardwebhooks.Webhook), ("svix", svix.webhooks.Webhook))
RECEIVED = {}


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        RECEIVED[headers["webhook-id"]] = (body, headers)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def call(method, path, body=None):
    status, answer = ask(method, URL + path, body, TOKEN)
    assert status < 300, (status, answer)
    return answer


def sent(path):
    message = call("POST", f"{path}/test", {})["message_id"]
    return until(f"{message} comes", lambda: RECEIVED.get(message), 30)


def refuses(library, secret, body, headers):
    try:
        library(secret).verify(body, headers)
    except (standardwebhooks.webhooks.WebhookVerificationError, svix.webhooks.WebhookVerificationError):
        return True
    return False


server = ThreadingHTTPServer(("127.0.0.1", PORT), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
made = call(
    "POST", "/v1/webhook-subscriptions", {"url": f"http://127.0.0.1:{PORT}/hook", "event_types": ["lead.created"]}
)
PATH, SECRET = f"/v1/webhook-subscriptions/{made['subscription_id']}", made["secret"]

for name, library in LIBRARIES:
    with check(f"Python's {name}: a message verifies and is read"):
        body, headers = sent(PATH)
        library(SECRET).verify(body, headers)
        equal(json.loads(body)["type"], "webhook.test")
    with check(f"Python's {name}: what was changed on the way does not"):
        body, headers = sent(PATH)
        equal(refuses(library, SECRET, body.replace(b"webhook.test", b"webhook.best"), headers), True, "body")
        equal(refuses(library, SECRET, body, headers | {"webhook-id": "msg_other"}), True, "id")
        later = str(int(headers["webhook-timestamp"]) + 1)
        equal(refuses(library, SECRET, body, headers | {"webhook-timestamp": later}), True, "time")

with check("Python: after a rotation both secrets verify, and without an overlap the new one alone"):
    between = call("POST", f"{PATH}/secret", {"overlap_hours": 1})["secret"]
    body, headers = sent(PATH)
    for name, library in LIBRARIES:
        for secret in (SECRET, between):
            library(secret).verify(body, headers)
    last = call("POST", f"{PATH}/secret", {"overlap_hours": 0})["secret"]
    body, headers = sent(PATH)
    for name, library in LIBRARIES:
        library(last).verify(body, headers)
        for secret in (SECRET, between):
            equal(refuses(library, secret, body, headers), True, name)
server.shutdown()
done()
