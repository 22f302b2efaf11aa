"""The function's log: no event, token, key, file name, user or picture id is ever in a line."""

import logging

from aws_lambda_powertools import Logger

logger = Logger(service="pictures")

# At DEBUG botocore and urllib3 log requests and responses, and with them tokens, credentials and keys. The
# level of the root logger is an operator's setting (AWS_LAMBDA_LOG_LEVEL); it must not reach these two.
for _name in ("botocore", "urllib3"):
    logging.getLogger(_name).setLevel(logging.WARNING)
