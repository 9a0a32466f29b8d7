"""The showup command."""
