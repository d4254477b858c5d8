"""A public body's payments and contracts in: read, checked to the penny, classed, placed, analysed, made an anchor."""

from cwbsim.spend.book import SpendImport
from cwbsim.spend.importing import import_spend

__all__ = ["SpendImport", "import_spend"]
