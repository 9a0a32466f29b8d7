"""The agent that asks a model through OpenAI's SDK, or any server that speaks its API.

The only file that knows OpenAI. The SDK takes 1.5 s to import, so that happens when it is first needed.
"""

import asyncio
import json
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.breaker import Breaker
from agent.decision import Decision, Usage
from agent.prompt import system_messages
from agent.proposal import SCHEMA, Proposal, decision_of
from agent.situation import AgentUnavailable, Situation

if TYPE_CHECKING:
    from openai import AsyncOpenAI

DEFAULT_MODEL = "gpt-4.1-mini"
SECONDS_IN_ALL = 10.0
SECONDS_BEFORE_RETRY = 0.25
# Later than this a second attempt would not end in time.
RETRY_WITHIN = 4.0
MAX_ANSWER_BYTES = 256 * 1024
MAX_TEXT = 1600
HISTORY_TEXTS = 10


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore")
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    model_config = ConfigDict(extra="ignore")
    message: _Message


class _Usage(BaseModel):
    model_config = ConfigDict(extra="ignore")
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Completion(BaseModel):
    model_config = ConfigDict(extra="ignore")
    choices: list[_Choice]
    usage: _Usage | None = None


class _Refused(Exception):
    """The model will not answer; asking again would not help."""


class _Garbled(Exception):
    """An answer that is no decision; a second attempt may be better."""


class OpenAIAgent:
    """Asks a model for each decision. One for the life of a process; close it at the end.

    base_url: another server that speaks the API. model: used where the account's agent names none.
    limit: seconds for one decision in all, retry included; a hard wall even while bytes trickle in.
    """

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str | None = None,
        model: str | None = None,
        limit: float = SECONDS_IN_ALL,
        breaker: Breaker | None = None,
    ) -> None:
        self._api_key = api_key
        self._base_url = base_url
        self._model = model or DEFAULT_MODEL
        self._limit = limit
        self._breaker = breaker or Breaker()
        self._made: AsyncOpenAI | None = None
        self._making = asyncio.Lock()

    async def decide(self, situation: Situation) -> Decision:
        """The model's decision. Raises AgentUnavailable: no good answer in time, or the breaker is open."""
        if not self._breaker.admits():
            raise AgentUnavailable("the breaker is open")
        try:
            async with asyncio.timeout(self._limit):
                decision = await self._ask(situation)
        except TimeoutError:
            self._breaker.failed()
            raise AgentUnavailable(f"no answer within {self._limit:g} s") from None
        except _Refused:
            self._breaker.succeeded()
            raise AgentUnavailable("the model refused") from None
        except AgentUnavailable:
            self._breaker.failed()
            raise
        except BaseException:
            # Cancelled by us, as by a newer text: the service is not to blame, and a trial must not stay taken.
            self._breaker.abandoned()
            raise
        self._breaker.succeeded()
        return decision

    async def close(self) -> None:
        """Close the connections."""
        if self._made is not None:
            await self._made.close()

    async def _ask(self, situation: Situation) -> Decision:
        """Ask once, and once more where the first attempt failed quickly."""
        client = await self._client()
        started = asyncio.get_running_loop().time()
        request = self._request(situation)
        spent = Usage()
        for last in (False, True):
            try:
                answer = await self._complete(client, request)
                spent = _add(spent, answer.usage)
                return decision_of(_proposal(answer), situation, spent)
            except _Garbled as fault:
                reason = str(fault)
            except _failures() as fault:
                reason = _named(fault)
                if not _worth_retrying(fault, request):
                    raise AgentUnavailable(reason) from None
            if last or asyncio.get_running_loop().time() - started > RETRY_WITHIN:
                break
            await asyncio.sleep(SECONDS_BEFORE_RETRY)
        raise AgentUnavailable(reason)

    async def _client(self) -> "AsyncOpenAI":
        async with self._making:
            if self._made is None:
                # Importing it would hold the event loop for more than a second.
                self._made = await asyncio.to_thread(_new_client, self._api_key, self._base_url, self._limit)
            return self._made

    def _request(self, situation: Situation) -> dict[str, Any]:
        return {
            "model": situation.agent.llm_model or self._model,
            "temperature": situation.agent.temperature,
            "messages": messages(situation),
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "decision", "strict": True, "schema": SCHEMA},
            },
        }

    async def _complete(self, client: "AsyncOpenAI", request: dict[str, Any]) -> _Completion:
        body = bytearray()
        async with client.chat.completions.with_streaming_response.create(**request) as response:
            try:
                async for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > MAX_ANSWER_BYTES:
                        break
            except Exception:  # noqa: BLE001  # while a body is read the SDK lets its HTTP client's own errors through
                raise _Garbled("the answer broke off") from None
        try:
            return _Completion.model_validate(json.loads(body))
        except (ValueError, RecursionError):
            raise _Garbled("the answer is no completion") from None


def messages(situation: Situation) -> list[dict[str, str]]:
    """The layers of the prompt, the thread, and last, alone, the person's text."""
    thread = [
        {"role": "assistant" if earlier.direction == "outbound" else "user", "content": earlier.text[:MAX_TEXT]}
        for earlier in situation.history[-HISTORY_TEXTS:]
    ]
    system = {"role": "system", "content": "\n\n".join(system_messages(situation))}
    return [system, *thread, {"role": "user", "content": situation.text[:MAX_TEXT]}]


def _new_client(api_key: str, base_url: str | None, limit: float) -> "AsyncOpenAI":
    import openai

    return openai.AsyncOpenAI(api_key=api_key, base_url=base_url, timeout=limit, max_retries=0)


def _failures() -> tuple[type[Exception], ...]:
    import openai

    return (openai.OpenAIError, OSError)


def _named(fault: Exception) -> str:
    """What failed, without the service's own words: they may quote the key or the text."""
    status = getattr(fault, "status_code", None)
    return f"{type(fault).__name__} {status}" if status else type(fault).__name__


def _worth_retrying(fault: Exception, request: dict[str, Any]) -> bool:
    status = getattr(fault, "status_code", None)
    if status == 400 and "temperature" in request and "temperature" in str(fault):
        # Reasoning models take no temperature; the second attempt leaves it out.
        del request["temperature"]
        return True
    return status is None or status in (408, 409, 429) or status >= 500


def _proposal(answer: _Completion) -> Proposal:
    message = answer.choices[0].message if answer.choices else _Message()
    if message.refusal:
        raise _Refused
    try:
        return Proposal.model_validate_json(message.content or "")
    except ValidationError:
        raise _Garbled("the answer is no decision") from None


def _add(spent: Usage, usage: _Usage | None) -> Usage:
    if usage is None:
        return spent
    return Usage(spent.prompt_tokens + usage.prompt_tokens, spent.completion_tokens + usage.completion_tokens)
