"""Which policies of a set of templates bind whom and what."""
