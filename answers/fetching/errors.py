"""The one error of fetching; its message is a sentence for whoever ran the command."""


class FetchError(Exception):
    """A model cannot be fetched. The message says why, and what to do about it."""
