"""Runs the functions of the templates: each instance a process under the Lambda Runtime API."""
