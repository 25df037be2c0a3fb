"""Python's smtplib as a client of the sandbox's mail server, and aiosmtpd as a server for the connector."""

import email
import os
import smtplib
import uuid
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tap import ask, check, done, equal, until

URL, TOKEN = os.environ["HANDOFF_URL"], os.environ["HANDOFF_TOKEN"]
PORT = int(os.environ["PEER_PORTS"].split()[0])
SECONDS = 30


def call(method, path, body=None):
    status, answer = ask(method, URL + path, body, TOKEN)
    assert status < 300, (status, answer)
    return answer


def code_of(action):
    """The status with which a server refuses; none when it does not."""
    try:
        action()
    except smtplib.SMTPRecipientsRefused as error:
        return next(iter(error.recipients.values()))[0]
    except smtplib.SMTPResponseException as error:
        return error.smtp_code


SANDBOX = next(it["settings"] for it in call("GET", "/_sandbox/providers")["items"] if it["provider"] == "email")
MESSAGE = EmailMessage()
MESSAGE["From"], MESSAGE["To"] = "ada@example.com", "grace@example.com"
MESSAGE["Subject"] = "From smtplib, with an Ünicode subject"
MESSAGE.set_content(".a line that begins with a dot\nand one more\n")
MESSAGE.add_alternative("<p>and HTML</p>", subtype="html")


def connected():
    client = smtplib.SMTP(SANDBOX["host"], SANDBOX["port"], timeout=SECONDS)
    client.ehlo()
    return client


with check("smtplib: mail without signing in is refused"), connected() as client:
    equal(code_of(lambda: client.send_message(MESSAGE)), 530)
with check("smtplib: a wrong password is refused"), connected() as client:
    equal(code_of(lambda: client.login(SANDBOX["username"], "wrong")), 535)
for mechanism in ("PLAIN", "LOGIN"):
    with check(f"smtplib: signs in by {mechanism} and sends"), connected() as client:
        client.user, client.password = SANDBOX["username"], SANDBOX["password"]
        equal(client.auth(mechanism, getattr(client, "auth_" + mechanism.lower()))[0], 235)
        equal(client.send_message(MESSAGE), {})
with check("smtplib: what arrived is what was sent"):
    caught = call("GET", "/_sandbox/mail")["items"][-1]
    parsed = email.message_from_string(caught["raw"], policy=default)
    equal(parsed["Subject"], MESSAGE["Subject"])
    text = parsed.get_body(("plain",)).get_content()
    equal(text.splitlines()[0], ".a line that begins with a dot")


class Mailbox:
    def __init__(self):
        self.messages = []

    async def handle_DATA(self, server, session, envelope):
        self.messages.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"ada", b"pass word")
    return AuthResult(success=right)


MAILBOX = Mailbox()
CONTROLLER = Controller(
    MAILBOX, hostname="127.0.0.1", port=PORT, authenticator=authenticate, auth_required=True, auth_require_tls=False
)
CONTROLLER.start()
SETTINGS = {
    "host": "127.0.0.1",
    "port": PORT,
    "security": "none",
    "username": "ada",
    "password": "pass word",
    "from": "hello@agency.example",
    "from_name": "Agéncy",
}


def set_and_test(settings):
    call("PUT", "/v1/connections/email", {"settings": settings})
    return call("POST", "/v1/connections/email/test", {})["status"]


with check("aiosmtpd: a wrong password is noticed when the connection is tested"):
    equal(set_and_test({**SETTINGS, "password": "another"}) == "working", False)
with check("aiosmtpd: the connector signs in"):
    equal(set_and_test(SETTINGS), "working")
with check("aiosmtpd: an alert arrives once, for everybody, whole and well formed"):
    recipients = ["grace@example.com", "ops@example.com"]
    call("PATCH", "/v1/alert-settings", {"recipients": recipients, "quiet_minutes": 0})
    title = "Größe: a jüdge's alert"
    alert = {"kind": "judge.email", "severity": "critical", "cause": f"judge.email:{uuid.uuid4()}", "title": title}
    call("POST", "/v1/alerts", alert)
    sender, envelope, content = until("a message arrives", lambda: MAILBOX.messages, SECONDS)[0]
    message = email.message_from_bytes(content, policy=default)
    equal((sender, sorted(envelope)), ("hello@agency.example", recipients))
    equal(message["Subject"], f"Critical: {title}")
    equal(message["From"].addresses[0].display_name, "Agéncy")
    assert message["Date"] and message["Message-ID"].endswith("@agency.example>"), message["Message-ID"]
    assert not message.defects, message.defects
    text = message.get_body(("plain",)).get_content()
    assert "Kind: judge.email" in text, text
    equal(len(MAILBOX.messages), 1)
CONTROLLER.stop()
done()
