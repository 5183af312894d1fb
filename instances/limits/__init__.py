"""How much a caller may publish in a second: token buckets, leased from Redis where several processes share them."""
