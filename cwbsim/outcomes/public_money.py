"""What the Treasury, the council and other public bodies take and pay."""

from __future__ import annotations

from cwbsim.outcomes.reading import Reading
from cwbsim.outcomes.registry import outcome

#: Kinds of movement in which firms pay taxes of their own; subsidies come back under the same name.
BORNE: tuple[str, ...] = ("production_taxes", "corporation_tax", "inputs")


@outcome("£", "flow")
def net_exchequer(now: Reading) -> float:
    """What the Treasury takes in the month less what it pays out; below nil if it pays more."""
    return now.pounds(now.received("treasury"))


@outcome("£", "flow")
def council_tax(now: Reading) -> float:
    """Council tax paid by households of the borough in the month."""
    return now.pounds(now.world.ledger.kind_total("council_tax", "households"))


@outcome("£", "flow")
def business_taxes(now: Reading) -> float:
    """Taxes that firms of the borough bear: on production, inputs and profit, business rates included.

    Net of subsidies; what they only collect, from staff and shoppers, is left out.
    """
    ledger = now.world.ledger
    paid = sum(ledger.kind_total(kind, "firms", "treasury") for kind in BORNE)
    return now.pounds(paid - sum(ledger.kind_total(kind, "treasury", "firms") for kind in BORNE))


@outcome("£", "stock")
def anchor_cash(now: Reading) -> float:
    """Money held by anchors at the end of the month."""
    return now.pounds(now.held["anchors"])
