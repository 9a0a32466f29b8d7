"""The HTTP API: routes stay thin, rules live in the lower rooms."""
