"""Creates the resources of an environment in moto, with the settings that their templates give them."""
