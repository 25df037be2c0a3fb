"""Python's smtplib as a client of the sandbox's mail server, and aiosmtpd as a server for the connector."""

import email
import json
import os
import smtplib
import sys
import time
import urllib.error
import urllib.request
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

URL = os.environ["HANDOFF_URL"].rstrip("/")
TOKEN = os.environ["HANDOFF_TOKEN"]
SECONDS = 30
checks = 0


def ask(method, path, body=None):
    request = urllib.request.Request(
        URL + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        sys.exit(f"{method} {path}: {error.code} {error.read().decode()}")


def check(what, holds):
    global checks
    checks += 1
    if not holds:
        sys.exit(f"failed: {what}")


def refused(code, action):
    try:
        action()
    except smtplib.SMTPResponseException as error:
        return error.smtp_code == code
    except smtplib.SMTPRecipientsRefused as error:
        return all(answer[0] == code for answer in error.recipients.values())
    return False


def settings_of_the_sandbox():
    providers = ask("GET", "/_sandbox/providers")["items"]
    return next(it["settings"] for it in providers if it["provider"] == "email")


def smtplib_meets_the_sandbox(settings):
    def connect():
        client = smtplib.SMTP(settings["host"], settings["port"], timeout=SECONDS)
        client.ehlo()
        return client

    message = EmailMessage()
    message["From"], message["To"] = "ada@example.com", "grace@example.com"
    message["Subject"] = "From smtplib, with an Ünicode subject"
    message.set_content(".a line that begins with a dot\nand one more\n")
    message.add_alternative("<p>and HTML</p>", subtype="html")

    with connect() as client:
        check("mail without sign-in is refused", refused(530, lambda: client.send_message(message)))
    with connect() as client:
        wrong = lambda: client.login(settings["username"], "wrong")
        check("a wrong password is refused", refused(535, wrong))
    for mechanism in ("PLAIN", "LOGIN"):
        with connect() as client:
            client.user, client.password = settings["username"], settings["password"]
            method = getattr(client, "auth_" + mechanism.lower())
            check(f"{mechanism} signs in", client.auth(mechanism, method)[0] == 235)
            check("the message is taken", client.send_message(message) == {})
    caught = ask("GET", "/_sandbox/mail")["items"][-1]
    parsed = email.message_from_string(caught["raw"], policy=default)
    check("the subject is whole", parsed["Subject"] == message["Subject"])
    text = parsed.get_body(("plain",)).get_content()
    check("the dot is undone", text.startswith(".a line that begins with a dot"))


class Mailbox:
    def __init__(self):
        self.messages = []

    async def handle_DATA(self, server, session, envelope):
        self.messages.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"ada", b"pass word")
    return AuthResult(success=right)


def the_connector_meets_aiosmtpd(port):
    mailbox = Mailbox()
    controller = Controller(
        mailbox, hostname="127.0.0.1", port=port, authenticator=authenticate,
        auth_required=True, auth_require_tls=False,
    )
    controller.start()
    try:
        settings = {
            "host": "127.0.0.1", "port": port, "security": "none", "username": "ada",
            "password": "pass word", "from": "hello@agency.example", "from_name": "Agéncy",
        }
        ask("PUT", "/v1/connections/email", {"settings": settings})
        tested = ask("POST", "/v1/connections/email/test")
        check(f"the connection works: {tested}", tested["status"] == "working")
        ask("PATCH", "/v1/alert-settings", {"recipients": ["ops@example.com", "grace@example.com"], "quiet_minutes": 0})
        cause = f"judge.email:{time.time_ns()}"
        alert = {"kind": "judge.email", "severity": "critical", "cause": cause, "title": "Größe: a jüdge's alert"}
        ask("POST", "/v1/alerts", alert)
        deadline = time.monotonic() + SECONDS
        while not mailbox.messages and time.monotonic() < deadline:
            time.sleep(0.1)
        check("one message arrives", len(mailbox.messages) == 1)
        sender, recipients, content = mailbox.messages[0]
        message = email.message_from_bytes(content, policy=default)
        check("the envelope is right", (sender, sorted(recipients)) == ("hello@agency.example", ["grace@example.com", "ops@example.com"]))
        check("the subject is whole", message["Subject"] == "Critical: Größe: a jüdge's alert")
        check("the sender's name is whole", message["From"].addresses[0].display_name == "Agéncy")
        check("there is a date and an id", message["Date"] and message["Message-ID"].endswith("@agency.example>"))
        check("nothing is malformed", not message.defects)
        check("the text tells the kind", "Kind: judge.email" in message.get_content())
    finally:
        controller.stop()


def main():
    sandbox = settings_of_the_sandbox()
    smtplib_meets_the_sandbox(sandbox)
    # A port that the program may reach: see HANDOFF_ALLOWED_PRIVATE_HOSTS.
    port = int(os.environ.get("JUDGE_SMTP_PORT", "2526"))
    try:
        the_connector_meets_aiosmtpd(port)
    finally:
        ask("PUT", "/v1/connections/email", {"settings": sandbox})
    print(f"email: {checks} checks hold")


main()
