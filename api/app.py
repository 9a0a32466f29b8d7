"""The application: routes, errors and what wraps every request."""

from fastapi import FastAPI

from api import docs, errors, openapi, staff
from api.access import Access
from api.request_id import RequestId
from api.routes import ROUTERS
from api.services import Services


def create_app(services: Services) -> FastAPI:
    """Return the HTTP application over the rooms below."""
    app = FastAPI(
        title="Showup",
        version=openapi.VERSION,
        description=openapi.DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        generate_unique_id_function=openapi.operation_id,
    )
    app.state.services = services
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(staff.router)
    docs.register(app)
    errors.register(app)
    app.add_middleware(Access)
    app.add_middleware(RequestId)
    return app
