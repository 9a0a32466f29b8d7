"""What goes wrong in a way the user can mend: one clear line, no traceback, exit code 1."""


class Problem(Exception):
    """A failure with its line for standard error."""
