"""The ciphertext of pictures in the bucket, a segment an object, under `owner/picture/segment`."""

import base64
import hashlib
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lambdas.pictures.errors import NoSuchPicture, aws_errors, error_code

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def object_key(owner: str, picture: str, segment: int) -> str:
    """The name of a segment's object."""
    return f"{owner}/{picture}/{segment:05d}"


class Objects:
    """One session's view of the bucket. Every method raises Unavailable or AwsRefused when S3 fails."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def put(self, key: str, ciphertext: bytes) -> None:
        """Store an object, never over another; the bucket itself encrypts it once more."""
        checksum = base64.b64encode(hashlib.sha256(ciphertext).digest()).decode()
        with aws_errors("PutObject"):
            self._s3.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=ciphertext,
                # A retry after a lost answer is refused as well; the upload is then removed, which is safe.
                # https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
                IfNoneMatch="*",
                # Given, and not only asked for: S3 then checks what it received against what we had.
                ChecksumSHA256=checksum,
                ContentType="application/octet-stream",
            )

    def get(self, key: str) -> bytes:
        """Return an object's bytes. Raises: NoSuchPicture when there is none."""
        with aws_errors("GetObject"):
            try:
                return self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            except ClientError as error:
                # Who may not list a bucket is told AccessDenied where there is no object.
                # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, "Permissions"
                if error_code(error) in ("NoSuchKey", "AccessDenied"):
                    raise NoSuchPicture(f"GetObject: {error_code(error)}") from error
                raise

    def delete(self, key: str) -> None:
        """Put a delete marker over an object; the bucket's lifecycle removes what is under it."""
        with aws_errors("DeleteObject"):
            self._s3.delete_object(Bucket=self._bucket, Key=key)
