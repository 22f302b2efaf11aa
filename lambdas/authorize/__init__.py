"""The API's authorizer: says who a bearer token belongs to, or refuses it."""
