"""CloudFormation templates, resolved to exact strings or to named gaps."""
