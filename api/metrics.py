"""Prometheus figures. Other rooms are counted here too, by callbacks that the command line wires."""

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()
REQUESTS = Counter("showup_http_requests", "Requests answered.", ["method", "route", "status"], registry=REGISTRY)
LATENCY = Histogram(
    "showup_http_request_seconds",
    "Time from the request's first byte to the answer's last, in seconds.",
    ["route"],
    registry=REGISTRY,
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
