"""What needs no key and shows no personal data: /healthz, /readyz, /metrics."""

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import select
from starlette.requests import Request
from starlette.responses import Response

from api import metrics
from api.answers import answer
from api.services import Services, services_of

router = APIRouter(tags=["Operations"])


class Health(BaseModel):
    """Whether the service works; `failures` says what does not, a sentence each."""

    status: str
    failures: list[str] = []


@router.get("/healthz", response_model=Health)
async def alive() -> Response:
    """Tell that the process answers."""
    return answer({"status": "ok"})


@router.get("/readyz", response_model=Health, responses={503: {"model": Health}})
async def ready(request: Request) -> Response:
    """Tell whether the database, the engine and the alarm work; 503 with the reasons where not."""
    services = services_of(request)
    failures = [*await _database_failures(services), *await services.readiness()]
    if failures:
        return answer({"status": "unavailable", "failures": failures}, 503, {"Retry-After": "2"})
    return answer({"status": "ok", "failures": []})


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def figures() -> Response:
    """Return the figures in Prometheus' text format."""
    return Response(generate_latest(metrics.REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _database_failures(services: Services) -> list[str]:
    try:
        async with services.database.read() as session:
            await session.exec(select(1))
    except (DBAPIError, PoolTimeout, OSError) as error:
        return [f"the database does not answer ({type(error).__name__})"]
    return []
