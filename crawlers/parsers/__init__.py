"""One parser per platform: payload text in, Page out. Pure, no Scrapy."""
