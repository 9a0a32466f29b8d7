"""`showup evaluate`: replies in, intents out, a report where the intents are known."""

import asyncio
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from api.accounts import create_account
from messaging.agents import create_agent
from models.database import Database
from tests.agent.model_server import answers, fails, model_server
from tests.cli.conftest import Command

REPLIES: list[dict[str, object]] = [
    {"id": "1", "text": "YES", "context": "Reply YES or NO.", "intent": "confirm"},
    {"id": "2", "text": "No, I can't make it", "context": "Reply YES or NO.", "intent": "decline"},
    {"id": 3, "text": "STOP", "intent": "opt_out"},
    {"id": "4", "text": "Sí", "context": "Responda SI o NO.", "intent": "confirm"},
]


def written(folder: Path, rows: Sequence[Mapping[str, object]]) -> str:
    """A file of replies."""
    file = folder / "replies.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(file)


def unlabelled(rows: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """The same replies, without what they mean."""
    return [{name: value for name, value in row.items() if name != "intent"} for row in rows]


def test_each_reply_is_a_line_in_its_order(showup: Command, folder: Path) -> None:
    ended = showup("evaluate", written(folder, unlabelled(REPLIES)))
    assert (ended.code, ended.err) == (0, "")
    lines = [json.loads(line) for line in ended.out.splitlines()]
    assert [set(line) for line in lines] == [{"id", "intent", "confidence"}] * 4
    assert [(line["id"], line["intent"]) for line in lines] == [
        ("1", "confirm"),
        ("2", "decline"),
        ("3", "opt_out"),
        ("4", "confirm"),
    ]


def test_known_intents_make_a_report_on_standard_error(showup: Command, folder: Path) -> None:
    ended = showup("evaluate", written(folder, REPLIES))
    assert ended.code == 0
    assert ended.err.startswith("4 replies, accuracy 100.00%")
    assert len(ended.out.splitlines()) == 4


def test_replies_come_from_standard_input_too(showup: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"id": "1", "text": "yes"}\n')))
    assert json.loads(showup("evaluate", "-").out)["intent"] == "confirm"


def test_no_database_is_made_where_none_is_needed(showup: Command, folder: Path) -> None:
    assert showup("evaluate", written(folder, REPLIES)).code == 0
    assert [file.name for file in folder.iterdir()] == ["replies.jsonl"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"id": "1", "text": "yes"}\n{"id": "2"}\n', 'replies.jsonl: line 2 needs an "id" and a "text"'),
        (b"yes\n", "replies.jsonl: line 1 is not JSON"),
        (b'{"id": "1", "text": "\xff"}\n', "replies.jsonl is not UTF-8 text"),
    ],
)
def test_a_bad_line_is_told_before_anything_is_answered(
    showup: Command, folder: Path, content: bytes, said: str
) -> None:
    (folder / "replies.jsonl").write_bytes(content)
    ended = showup("evaluate", "replies.jsonl")
    assert (ended.code, ended.out, ended.err) == (1, "", f"showup: {said}\n")


def test_a_file_that_is_not_there_is_said(showup: Command) -> None:
    ended = showup("evaluate", "nothing.jsonl")
    assert (ended.code, ended.err) == (1, "showup: nothing.jsonl cannot be read: No such file or directory\n")


def test_an_unknown_agent_is_said(showup: Command, folder: Path) -> None:
    ended = showup("evaluate", written(folder, REPLIES), "--agent", "agent_none")
    assert (ended.code, ended.out, ended.err) == (1, "", "showup: There is no agent agent_none.\n")


async def test_with_a_key_the_model_reads_as_the_agent_says(
    showup: Command, folder: Path, migrated_sqlite_url: str
) -> None:
    database = Database(migrated_sqlite_url)
    async with database.write() as session:
        account, _, _ = await create_account(session, "Riverside Dental")
        agent = await create_agent(session, account.id, {"name": "Desk", "llm_model": "large"})
    await database.close()
    async with model_server() as server:
        server.behaviours = [answers(intent="reschedule")]
        settings = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": server.url}
        settings["SHOWUP_DATABASE_URL"] = migrated_sqlite_url
        file = written(folder, [{"id": "1", "text": "yes but later"}])
        ended = await asyncio.to_thread(lambda: showup("evaluate", file, "--agent", agent.id, **settings))
    assert json.loads(ended.out)["intent"] == "reschedule"
    assert server.requests[0]["model"] == "large"


async def test_a_model_that_does_not_answer_is_said_without_its_key(showup: Command, folder: Path) -> None:
    async with model_server() as server:
        server.behaviours = [fails(401)]
        settings = {"OPENAI_API_KEY": "sk-secret", "OPENAI_BASE_URL": server.url}
        file = written(folder, [{"id": "1", "text": "yes but later"}])
        ended = await asyncio.to_thread(lambda: showup("evaluate", file, **settings))
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("showup: OPENAI_API_KEY, OPENAI_BASE_URL: the model does not answer (")
    assert "sk-secret" not in ended.err
