"""`showup evaluate`: how the agent reads replies, and how well where their meaning is known."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from agent.evaluate import Row, Verdict
    from agent.situation import AgentSettings
    from cli.settings import Settings


def evaluate(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.jsonl",
            help='{"id", "text", "context"?, "intent"?} a line; - is standard input.',
        ),
    ],
    agent: Annotated[
        str | None, typer.Option(metavar="ID", help="Read as this agent, with its prompt and model.")
    ] = None,
) -> None:
    """Classify replies: {"id", "intent", "confidence"} a line.

    Where the input tells the intent, accuracy and a confusion table go to standard error.
    """
    from agent.evaluate import report
    from cli.output import note
    from cli.running import run
    from cli.settings import read_settings

    settings = read_settings()
    rows = _rows(file)

    async def work() -> "list[Verdict]":
        given = []
        async for verdict in _verdicts(rows, settings, await _agent_settings(settings, agent)):
            typer.echo(verdict.line())
            given.append(verdict)
        return given

    measured = report(run(work()))
    if measured is not None:
        note(measured.text())


def _rows(file: Path) -> "list[Row]":
    """Read all rows before anything is answered, so that a bad line is told first."""
    from agent.evaluate import BadRow, rows
    from cli.problem import Problem

    try:
        if str(file) == "-":
            text = typer.get_text_stream("stdin", encoding="utf-8").read()
        else:
            text = file.read_text(encoding="utf-8-sig")
        return list(rows(text.split("\n")))
    except BadRow as error:
        raise Problem(f"{file}: {error}") from None
    except UnicodeDecodeError:
        raise Problem(f"{file} is not UTF-8 text") from None
    except OSError as error:
        raise Problem(f"{file} cannot be read: {error.strerror}") from None


async def _verdicts(
    rows: "list[Row]", settings: "Settings", agent_settings: "AgentSettings | None"
) -> "AsyncIterator[Verdict]":
    """Read with the model where there is a key, else by the built-in agent, as the service would."""
    from agent.builtin_agent import BuiltinAgent
    from agent.evaluate import verdicts
    from agent.situation import AgentUnavailable
    from cli.problem import Problem
    from cli.wiring import model_of

    model = model_of(settings)
    try:
        async for verdict in verdicts(rows, model or BuiltinAgent(), agent_settings):
            yield verdict
    except AgentUnavailable as error:
        raise Problem(f"OPENAI_API_KEY, OPENAI_BASE_URL: the model does not answer ({error})") from None
    finally:
        if model is not None:
            await model.close()


async def _agent_settings(settings: "Settings", agent_id: str | None) -> "AgentSettings | None":
    if agent_id is None:
        return None
    from agent.situation import AgentSettings
    from cli.database import opened_database
    from models.agent import Agent
    from models.errors import NotFound

    async with opened_database(settings) as database, database.read() as session:
        agent = await session.get(Agent, agent_id)
    if agent is None or agent.deleted_at is not None:
        raise NotFound("agent", agent_id)
    return AgentSettings(
        name=agent.name,
        system_prompt=agent.system_prompt,
        temperature=agent.temperature,
        llm_model=agent.llm_model,
        fallback_message=agent.fallback_message,
        help_message=agent.help_message,
    )
