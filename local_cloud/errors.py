"""What a person who starts the local cloud can be told is wrong."""


class LocalCloudError(Exception):
    """Something the person can mend: the message is one clear sentence."""
