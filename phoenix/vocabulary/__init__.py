"""The value types that configuration and specs share: each pattern, limit and spelling stands here, once."""
