"""Events out to appointment systems: the changes feed, and webhooks in the Standard Webhooks format."""
