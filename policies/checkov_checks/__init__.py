"""The folder for `checkov --external-checks-dir`; Checkov loads only folders that have this file."""
