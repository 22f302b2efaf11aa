"""Who is asking, and what he can do here: every part of it acts with his own session."""

from typing import NamedTuple

from lambdas.pictures.clients import sts_client
from lambdas.pictures.environment import Environment
from lambdas.pictures.errors import TokenRefused
from lambdas.pictures.identifiers import is_user
from lambdas.pictures.ledger import Ledger
from lambdas.pictures.library import Library
from lambdas.pictures.objects import Objects
from lambdas.pictures.reading import Reading
from lambdas.pictures.session import Sessions
from lambdas.pictures.uploads import Uploads


class Person(NamedTuple):
    """A signed-in user's way in and way out."""

    uploads: Uploads
    reading: Reading


class People:
    """Lets signed-in users act in one environment."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._sessions = Sessions(
            sts_client(environment.region),
            role_arn=environment.user_data_role_arn,
            region=environment.region,
        )

    def signed_in(self, authorization: str, user: object) -> Person:
        """Return the person whose token this is. Raises: TokenRefused, Unavailable, AwsRefused.

        Once in each of his sessions his dead uploads are swept. A session is shorter than the time after
        which an upload counts as dead, so the first request of a later session always finds it.
        """
        if not isinstance(user, str) or not is_user(user):
            raise TokenRefused("no user was authorized")
        session = self._sessions.open(authorization, user)
        clients, environment = session.clients, self._environment
        objects = Objects(clients.s3, environment.pictures_bucket)
        uploads = Uploads(
            user=user,
            ledger=Ledger(clients.dynamodb, environment, user),
            objects=objects,
            kms=clients.kms,
            key_arn=environment.picture_key_arn,
        )
        reading = Reading(
            user=user,
            library=Library(clients.dynamodb, environment, user),
            objects=objects,
            kms=clients.kms,
            key_arn=environment.picture_key_arn,
        )
        if not session.swept:
            session.swept = True
            uploads.sweep()
        return Person(uploads, reading)
