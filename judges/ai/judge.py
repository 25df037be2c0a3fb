"""`llmock` speaks as Anthropic and as OpenAI do, breaks, and judges how its client took it."""

import hmac
import json
import os
import subprocess
import uuid
from datetime import datetime, timezone

from tap import ask, check, done, equal, until

URL = os.environ["HANDOFF_URL"]
TOKEN = os.environ["HANDOFF_TOKEN"]
PORT = os.environ["PEER_PORTS"].split()[0]
MODEL = f"http://127.0.0.1:{PORT}"
_, PROVIDERS = ask("GET", os.environ["SANDBOX_URL"] + "/_sandbox/providers")
SECRET = next(
    it["settings"]["webhook_secret"] for it in PROVIDERS["items"] if it["provider"] == "invoice_system"
)
DIALECTS = {
    "anthropic": {"provider": "anthropic", "api_key": "sk-ant-judge", "base_url": f"{MODEL}/anthropic"},
    "openai": {"provider": "openai", "api_key": "sk-judge", "base_url": f"{MODEL}/v1"},
}


ASSESSMENT = {
    "complexity_score": 4,
    "estimated_hours": 80,
    "recommended_package": "standard",
    "ai_generated_summary": "A small firm that wants a brand of its own before the end of the year.",
}


def connect(settings):
    status, answer = ask("PUT", f"{URL}/v1/connections/ai", {"settings": settings}, TOKEN)
    equal(status, 200, answer)


def submit():
    """Sends an intake and gives the run that it starts."""
    event = str(uuid.uuid4())
    body = json.dumps(
        {
            "event_type": "client.intake.submitted",
            "event_id": event,
            "timestamp": datetime.now(timezone.utc).isoformat(),
            "intake_data": {
                "company_name": f"Ada {event}",
                "contact_email": f"{event}@example.com",
                "key_services": ["Branding"],
            },
        }
    ).encode()
    known = {it["run_id"] for it in runs()}
    signature = "sha256=" + hmac.new(SECRET.encode(), body, "sha256").hexdigest()
    equal(ask("POST", f"{URL}/api/intake", body, headers={"X-MWD-Signature": signature})[0], 200)
    return until("a run", lambda: [it["run_id"] for it in runs() if it["run_id"] not in known])[0]


def runs():
    """The runs that ask the model; an alert starts another flow's."""
    return [it for it in items("runs") if it["flow"] == "client-onboarding"]


def items(path):
    return ask("GET", f"{URL}/v1/{path}", token=TOKEN)[1]["items"]


def assessed(run):
    """Whether the run got past its first question."""
    seen = json.dumps(ask("GET", f"{URL}/v1/runs/{run}", token=TOKEN)[1])
    return "recordAssessment" in seen


def cancel(run):
    """Cancels a run and waits for its end: until then it may ask once more, and answer for the next check."""
    status, answer = ask("POST", f"{URL}/v1/runs/{run}/cancel", {"reason": "judged"}, TOKEN)
    equal(status, 200, answer)
    ended = ("cancelled", "faulted")
    until("the run's end", lambda: ask("GET", f"{URL}/v1/runs/{run}", token=TOKEN)[1]["status"] in ended)


def script(*behaviors):
    ask("POST", f"{MODEL}/_llmock/reset")
    if behaviors:
        status, answer = ask("POST", f"{MODEL}/_llmock/scenario", {"behaviors": behaviors})
        equal(status, 201, answer)


def verdict():
    return ask("GET", f"{MODEL}/_llmock/verdict")[1]


def asked():
    return ask("GET", f"{MODEL}/_llmock/requests")[1]["requests"]


log = open(os.environ["JUDGE_FOLDER"] + "/llmock.log", "w")
server = subprocess.Popen(
    ["llmock", "serve", "--host", "127.0.0.1", "--port", PORT], stdout=log, stderr=subprocess.STDOUT
)
try:

    def is_up():
        try:
            return ask("GET", f"{MODEL}/_llmock/requests")[0] == 200
        except OSError:
            return False

    until("llmock", is_up)
    for dialect, settings in DIALECTS.items():
        script()
        connect(settings)
        with check(f"{dialect}: the connection's test reaches the models"):
            status, tested = ask("POST", f"{URL}/v1/connections/ai/test", {}, TOKEN)
            equal((status, tested["status"]), (200, "working"), tested)
        with check(f"{dialect}: errors that pass are asked again no sooner than was said, and the answer is taken"):
            script(
                {"type": "fail", "status": 429, "retry_after": 2},
                {"type": "fail", "status": 500},
                {"type": "fail", "status": 503},
                {"type": "reply", "text": json.dumps(ASSESSMENT)},
            )
            run = submit()
            until("the assessment", lambda: assessed(run))
            judged = verdict()
            cancel(run)
            equal(judged["faults_injected"], 3, judged)
            assert judged["passed"], judged
        connect(settings)
        with check(f"{dialect}: an answer that is cut off is not taken"):
            script({"type": "reply", "text": json.dumps(ASSESSMENT)[:-20], "times": None})
            run = submit()
            until("a second question", lambda: 2 <= len(asked()))
            assert not assessed(run)
            cancel(run)
        connect(settings)
        with check(f"{dialect}: a wrong key is not tried again, and a person is told"):
            script({"type": "fail", "status": 401, "times": None})
            run = submit()
            until("a question", asked)
            alerts = until("an alert", lambda: [it for it in items("alerts") if "ai" in it["cause"]])
            judged = verdict()
            equal(len(asked()), 1, judged)
            assert judged["passed"], judged
            assert settings["api_key"] not in json.dumps(alerts)
            cancel(run)
finally:
    server.terminate()
    server.wait(20)
done()
