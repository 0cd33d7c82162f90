"""HTML pages as a tree, for what a site's server writes into the page itself."""

from __future__ import annotations

from parsel import Selector

from crawlers.parsers.text import parse_markup
from records.mention import clean_unicode

LONGEST_PAGE = 5_000_000
"""Characters of a page that are read."""


def open_document(page: str) -> Selector:
    """The tree of a page; an empty one where nothing can be made of it."""
    try:
        return Selector(text=clean_unicode(page[:LONGEST_PAGE]) or "<html></html>", type="html")
    except (ValueError, RecursionError):
        return Selector(text="<html></html>", type="html")


def words_of(node: Selector, query: str) -> str:
    """The plain words of the first element that a CSS query finds; "" where there is none."""
    found = node.css(query)
    return parse_markup(found[0].get()) if found else ""
