"""The function's log: no event, token, key, file name, user or picture id is ever in a line."""

import logging

from aws_lambda_powertools import Logger

logger = Logger(service="pictures")

# At DEBUG these log requests and responses, and with them tokens, credentials, keys and picture ids. Levels
# are an operator's setting (AWS_LAMBDA_LOG_LEVEL, POWERTOOLS_DEBUG), which must not reach them.
for _name in ("aws_lambda_powertools", "botocore", "urllib3"):
    logging.getLogger(_name).setLevel(logging.WARNING)
