"""The rules, one file each; a file's stem is the id in lower case and what the rule is about."""
