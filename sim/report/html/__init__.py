"""Reports as one file of HTML that needs no network: a page a run, comparison, sweep or answer."""

from .page import Page
from .write import check_html, first_runs, page_of, write_html

__all__ = ["Page", "check_html", "first_runs", "page_of", "write_html"]
