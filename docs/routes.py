"""The page on routes to market: how contracts come to be let, with every figure taken from the parameters."""

from __future__ import annotations

from cwbsim.economy.routes import BANDS
from cwbsim.parameters import Parameters, load_parameters
from cwbsim.world import ROUTES

#: Route: its name on the page, how it is let, who may bid.
TOLD = {
    "open": ("Open tender", "advertised", "whoever hears of it and qualifies"),
    "quotes": ("Quotation", "quotes are asked for", "{quotes_asked:.0f} of those who would have heard, and the holder"),
    "framework": (
        "Framework, with a competition", "a mini-competition among the suppliers of a framework",
        "{framework_suppliers:.0f} of those who would have heard, and the holder",
    ),
    "call_off": (
        "Framework, called off", "given to the member that suits best, at the prices of the framework's own competition",
        "the same members; one is asked",
    ),
    "direct": (
        "Direct award", "given without a competition, at a price up to {premium:.0f} % above should-cost",
        "the holder keeps it; where it no longer qualifies or wants it, one other of those who would have heard is asked",
    ),
}  # fmt: skip
BAND_WORDS = {"to_25k": "to £25,000", "to_100k": "to £100,000", "to_500k": "to £500,000", "above_500k": "more"}


def page() -> str:
    """Return the page, in Markdown."""
    parameters = load_parameters()
    p = parameters.procurement
    figures = {name: getattr(p, name) for name in ("quotes_asked", "framework_suppliers")}
    figures["premium"] = 100 * p.emergency_premium
    rows = [f"| {name} | {how.format(**figures)} | {who.format(**figures)} |" for name, how, who in TOLD.values()]
    first = parameters.figure(f"contract_book.{ROUTES[0]}_{BANDS[0]}")
    lines = [
        "# Routes to market", "",
        "By no means every contract is advertised. Each time one is let its route is drawn: by the contract's yearly value, with"
        " the shares of a council's register. The draw is keyed by the need and by which renewal it is, so that most policies do"
        " not change the route, only what happens on it. Two kinds do:", "",
        "- **Lots and changed budgets** give a contract another yearly value, and so the shares of that value.",
        "- **A [reservation](levers/below_threshold_reservation.md)** has those for whom a contract is kept compete for it: what"
        " would have been a framework, a call-off or a direct award is an open tender (quotes stay quotes). Part of what a"
        " reservation does comes of that, and not of who may bid.", "",
        "| route | how it is let | who may bid |", "|---|---|---|", *rows, "",
        "## How often each is taken", "",
        "Per cent of contracts, by yearly value; in brackets what the register leaves possible (95 %, by drawing its contracts"
        " anew). The five of a column are scaled to add up to 100.", "",
        "| route | " + " | ".join(BAND_WORDS[band] for band in BANDS) + " |", "|---|" + "---:|" * len(BANDS),
        *(_shares(parameters, route) for route in ROUTES), "",
        f"Source: {first.source.removeprefix('fitted: ')}. Figures and picture:"
        " `python -m experiments.contract_book --model`.", "",
        "![The contract book: sources beside the model](../experiments/contract_book/contract_book.png)", "",
        "## What the route changes", "",
        f"- **Costs.** A quote, or confirming a call-off, costs a bidder £{p.quote_cost:,.0f}; a formal bid"
        f" £{p.bid_cost_fixed:,.0f} and {100 * p.bid_cost_share:.2g} % of the contract.",
        f"- **Turnover.** To be on a framework takes {p.framework_turnover:g} times the turnover that an open tender asks for.",
        f"- **Rivals.** Of a framework the members are published. In open tenders and quotes bidders know who else could bid only"
        f" in part ({p.rivals_known:g} of the way from what is usual in the section to knowing it).",
        f"- **Competition** is learned by section and by four markets: open tenders below and above £{p.formal_threshold:,.0f} of"
        " contract value with VAT, quotes, and frameworks.",
        "- **Levers.** A weight on social value and priorities count wherever one is chosen among several, in a call-off too. In"
        " a direct award the holder stays, whatever the weight: such a contract is reached only when its holder goes.", "",
    ]  # fmt: skip
    return "\n".join(lines)


def _shares(parameters: Parameters, route: str) -> str:
    figures = [parameters.figure(f"contract_book.{route}_{band}") for band in BANDS]
    cells = [f"{100 * one.value:.0f} ({100 * one.low:.0f} to {100 * one.high:.0f})" for one in figures]
    return f"| {TOLD[route][0]} | {' | '.join(cells)} |"
