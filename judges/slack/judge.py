"""`slack_sdk` takes our simulator for Slack."""

import os

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tap import ask, check, done, equal

_, PROVIDERS = ask("GET", os.environ["SANDBOX_URL"] + "/_sandbox/providers")
SETTINGS = next(it["settings"] for it in PROVIDERS["items"] if it["provider"] == "slack")
BASE = SETTINGS["base_url"] + "/"


def refusal(call):
    try:
        call()
    except SlackApiError as error:
        return error.response["error"]
    raise AssertionError("it was not refused")


client = WebClient(SETTINGS["bot_token"], base_url=BASE)
with check("slack_sdk: auth.test knows the bot"):
    assert client.auth_test()["bot_id"].startswith("B")
with check("slack_sdk: a wrong token is refused"):
    equal(refusal(WebClient("xoxb-wrong", base_url=BASE).auth_test), "invalid_auth")
with check("slack_sdk: a message with blocks and metadata is posted"):
    answer = client.chat_postMessage(
        channel=SETTINGS["channel"],
        text="Café ☕",
        blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": "*bold*"}}],
        metadata={"event_type": "handoff", "event_payload": {"id": "abc"}},
    )
    equal(answer["message"]["text"], "Café ☕")
with check("slack_sdk: an unknown channel is refused"):
    equal(refusal(lambda: client.chat_postMessage(channel="C0MISSING", text="x")), "channel_not_found")
done()
