"""Crawlers (floor 3): spiders that know how to get there, pure parsers that know what came. Sees records only."""
