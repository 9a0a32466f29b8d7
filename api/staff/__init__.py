"""The pages for the people at the practice: sign in by a link, see the day, see it change.

`router` has every route. A page is HTML with headers of its own; what goes wrong is a page too (route.py).
"""

from fastapi import APIRouter

from api.staff import actions, appointment, day, live, phone, signing_in, static

router = APIRouter(include_in_schema=False)
for _part in (signing_in, day, appointment, actions, phone, live, static):
    router.include_router(_part.router)
