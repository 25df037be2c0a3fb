"""The wire as the Python SDK understands it, in the protocol's new revision and in the old ones."""

import asyncio
import json
import os
import sys
import urllib.request
import uuid

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

BASE = os.environ["HANDOFF_URL"]


def token_of(side):
    given = os.environ.get(f"TOKEN_{side.upper()}")
    if given:
        return given
    body = json.dumps({"name": f"judge {side}", "role": "agent", "mcp": side}).encode()
    headers = {
        "authorization": f"Bearer {os.environ['HANDOFF_TOKEN']}",
        "content-type": "application/json",
    }
    request = urllib.request.Request(f"{BASE}/v1/tokens", body, headers, method="POST")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["token"]


def connect(token, mode):
    http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60)
    return Client(streamable_http_client(f"{BASE}/mcp", http_client=http), mode=mode)


async def tools_of(client):
    tools, cursor = [], None
    while True:
        page = await client.list_tools(cursor=cursor)
        tools += page.tools
        cursor = page.next_cursor
        if not cursor:
            return tools


def problem_of(result):
    assert result.is_error, result
    return json.loads(result.content[0].text)


async def converse(mode, versions):
    async with connect(token_of("reader"), mode) as client:
        assert client.protocol_version in versions, client.protocol_version
        names = {tool.name for tool in await tools_of(client)}
        assert "get_lead" in names and "create_lead" not in names, names
        word = "word" + uuid.uuid4().hex
        saved = await client.call_tool("save_memory", {"key": f"judge {word}", "text": word})
        assert not saved.is_error, saved
        found = await client.call_tool("search_memories", {"query": word})
        assert found.structured_content["items"][0]["key"] == f"judge {word}", found
        wrong = await client.call_tool("get_memory", {"memory_id": "x"})
        assert problem_of(wrong)["code"] == "invalid-input"
        refused = await client.call_tool("create_lead", {})
        assert problem_of(refused)["code"] == "agent-wall"
    async with connect(token_of("actor"), mode) as client:
        names = {tool.name for tool in await tools_of(client)}
        assert "create_lead" in names and "get_lead" not in names, names
        hidden = await client.call_tool("list_leads", {})
        assert problem_of(hidden)["code"] == "agent-wall"


async def no_token():
    try:
        async with connect("hof_nonsense", "auto"):
            pass
    except BaseException as error:  # a group of errors, by the SDK's choice
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        return
    raise AssertionError("a stranger connected")


CHECKS = [
    ("converses in the revision without a handshake", lambda: converse("2026-07-28", {"2026-07-28"})),
    ("finds the newest revision that both know", lambda: converse("auto", {"2026-07-28"})),
    ("converses in the revisions with a handshake", lambda: converse("legacy", {"2025-11-25"})),
    ("is refused without a valid token", no_token),
]


def main():
    print(f"1..{len(CHECKS)}")
    failed = 0
    for number, (name, check) in enumerate(CHECKS, 1):
        try:
            asyncio.run(check())
            print(f"ok {number} - {name}")
        except BaseException as error:
            failed += 1
            print(f"not ok {number} - {name}\n# {error!r}")
            if isinstance(error, BaseExceptionGroup):
                print("".join(f"# {one!r}\n" for one in error.exceptions))
    sys.exit(1 if failed else 0)


main()
