"""What contracts are like in the sources: values, lengths, routes, and who holds them by value.

    uv run python -m experiments.contract_book            # writes experiments/contract_book/ and the model's parameters
    uv run python -m experiments.contract_book --model    # beside it, the starting book of Wigan (builds the world)

Sources: Salford City Council's contracts register of July 2022 (358 contracts) and the notices of the fifteen councils
of Lancashire on Contracts Finder (1,224, 802 awarded). What is fitted is written with its range, by bootstrap over
contracts, and its source; no supplier is named. Lengths and routes are parameters of the model, written by this script to
``cwbsim/data/parameters/contract_book.toml``: of contracts other than frameworks, whose ceilings are not spent until
called off, by the time from start to expiry with the extensions that were taken.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import math
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
REGISTER = SHARED / "contracts_register_salford" / "salford_register_with_lad.csv"
NOTICES = SHARED / "procurement_lancashire" / "all_contracts.csv"
FOLDER = Path(__file__).with_name("contract_book")
PARAMETERS = Path(__file__).resolve().parents[1] / "cwbsim" / "data" / "parameters" / "contract_book.toml"
BANDS = (0, 25_000, 100_000, 500_000, 2_000_000, math.inf)  # £ a year
TERMS = (12, 24, 36, 48, 60, 120)  # months, upper bounds of ordinary lengths in the model
LONG = 2_000_000.0  # £ a year: long contracts lie above it but for a thousandth of value
ROUTE_NAMES = {"ITT": "open", "RFQ": "quotes", "Mini-Comp": "framework", "Direct Call-Off": "call_off", "CSO Exception": "direct"}
ROUTE_BANDS = {
    "to_25k": (0, 25_000), "to_100k": (25_000, 100_000), "to_500k": (100_000, 500_000), "above_500k": (500_000, math.inf),
}  # fmt: skip
#: By route, in the order of the model's ROUTES: name and colour on the picture.
ROUTE_LABELS = {
    "open": ("open tender", "#1D6FA5"), "quotes": ("quotes", "#8FBFDE"), "framework": ("framework, competed", "#B4531A"),
    "call_off": ("framework, called off", "#E3B27C"), "direct": ("direct award", "#8A8A8A"),
}  # fmt: skip
DARK = (0, 2, 4)  # rows of it on which white is read
CEILINGS = ("framework", "dynamic purchasing", "flexible purch", " dps")  # in titles: not spent until called off
LENGTHS = (6, 12, 24, 36, 48, 60, 120, 240, 1200)  # months, upper bounds
ROUTES = ("RFQ", "ITT", "Mini-Comp", "Direct Call-Off", "CSO Exception")  # as the register writes them
DRAWS = 400
SALFORD, LANCASHIRE = "Salford City Council, contracts register, July 2022", "Contracts Finder, 15 Lancashire councils, 2015-2026"


def number(text: str) -> float:
    """Read a number, nil where there is none."""
    try:
        return float(text)
    except ValueError:
        return 0.0


def lasts(row: dict[str, str]) -> float:
    """Months a contract runs: as let, or from start to expiry where extensions made it longer; nil if unknown."""
    months = number(row["Contract Duration (months)"])  # "Ongoing" has no length
    try:
        start, end = date.fromisoformat(row["Start Date"]), date.fromisoformat(row["Current Expiry Date"])
    except ValueError:
        return months
    return max(months, round((end - start).days / 30.4375, 1))


def register() -> list[dict[str, Any]]:
    """Contracts of the register that have a yearly value: value, months, route, SME, place, whether a ceiling."""
    out = []
    with REGISTER.open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            value = number(row["Annual Value"])
            if value > 0.0:
                months = number(row["Contract Duration (months)"])  # "Ongoing" has no length
                out.append(
                    {
                        "value": value, "months": months, "sme": row["SME Supplier?"].strip().lower(),
                        "route": row["Process Used"].strip(), "zone": row["zone"].strip(), "lasts": lasts(row),
                        "ceiling": any(word in row["Contract Title"].lower() for word in CEILINGS),
                    }
                )  # fmt: skip
    return out


def notices() -> list[dict[str, Any]]:
    """Awards of credible value: value of the whole contract and whether an SME got it."""
    out, seen = [], set()
    with NOTICES.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            value = float(row["awarded_value"] or 0.0)
            known = row["awarded_to_sme"] in {"True", "False"}
            if row["status"] == "awarded" and 0.0 < value <= 1e8 and known and row["id"] not in seen:
                seen.add(row["id"])
                out.append({"value": value, "sme": row["awarded_to_sme"] == "True"})
    return out


def bootstrap(rows: list[Any], statistic: Callable[[list[Any]], float]) -> tuple[float, float, float]:
    """Return a statistic and its 95 % range over contracts drawn anew."""
    rng = np.random.default_rng(1)
    drawn = [statistic([rows[i] for i in rng.integers(0, len(rows), len(rows))]) for _ in range(DRAWS)]
    return statistic(rows), float(np.quantile(drawn, 0.025)), float(np.quantile(drawn, 0.975))


def share(rows: list[dict[str, Any]], by: Callable[[dict[str, Any]], bool], *, of_value: bool) -> float:
    """Share of contracts, or of their value, for which something holds."""
    weight = [row["value"] if of_value else 1.0 for row in rows]
    return sum(w for row, w in zip(rows, weight, strict=True) if by(row)) / max(sum(weight), 1e-9)


def fits() -> list[tuple[str, tuple[float, float, float], str, str]]:
    """Everything that is fitted: name, (value, low, high), unit, source."""
    book, awards = register(), notices()

    def log_of(rows: list[dict[str, Any]]) -> np.ndarray:
        return np.log([row["value"] for row in rows])

    out = [
        ("median_annual_value", bootstrap(book, lambda r: math.exp(log_of(r).mean())), "£ a year", SALFORD),
        ("lognormal_sigma", bootstrap(book, lambda r: float(log_of(r).std())), "log points", SALFORD),
        ("award_median", bootstrap(awards, lambda r: float(np.median([x["value"] for x in r]))), "£", LANCASHIRE),
        ("award_lognormal_sigma", bootstrap(awards, lambda r: float(log_of(r).std())), "log points", LANCASHIRE),
    ]  # fmt: skip
    known = [row for row in book if row["months"] > 0]
    last = 0
    for upto in LENGTHS:
        of = bootstrap(known, lambda r, a=last, b=upto: share(r, lambda x: a < x["months"] <= b, of_value=True))
        out.append((f"value_in_force_upto_{upto}_months", of, "share of yearly value", SALFORD))
        last = upto
    for route in ROUTES:
        for kind in (False, True):
            of = bootstrap(book, lambda r, w=route, k=kind: share(r, lambda x: x["route"] == w, of_value=k))
            name = f"route_{route.lower().replace(' ', '_').replace('-', '_')}_{'value' if kind else 'number'}"
            out.append((name, of, "share of yearly value" if kind else "share of contracts", SALFORD))
    is_sme = {"yes": True, "no": False}
    told = [row for row in book if row["sme"] in is_sme]
    placed = [row for row in book if row["zone"] in {"Salford", "other GM", "elsewhere"}]
    for low, high in itertools.pairwise(BANDS):
        band = f"{low:.0f}_to_{high:.0f}" if high < math.inf else f"above_{low:.0f}"
        for rows, what, by in (
            (told, "sme", lambda x: is_sme[x["sme"]]),
            (placed, "local", lambda x: x["zone"] == "Salford"),
            (placed, "rest_of_area", lambda x: x["zone"] == "other GM"),
        ):
            mine = [row for row in rows if low <= row["value"] < high]
            of = bootstrap(mine, lambda r, b=by: share(r, b, of_value=False))
            out.append((f"{what}_share_{band}", of, f"share of {len(mine)} contracts", SALFORD))
        mine = [row for row in awards if low <= row["value"] < high]
        of = bootstrap(mine, lambda r: share(r, lambda x: x["sme"], of_value=False))
        out.append((f"award_sme_share_{band}", of, f"share of {len(mine)} awards", LANCASHIRE))
    return out


def parameters_of_model() -> list[tuple[str, tuple[float, float, float], str, str]]:
    """Lengths and routes as the model has them: name, (value, low, high), unit, note."""
    book = [row for row in register() if not row["ceiling"]]
    known = [row | {"lasts": max(row["lasts"], 12.0)} for row in book if row["lasts"] > 0]
    ordinary, last = [row for row in known if row["lasts"] <= TERMS[-1] + 0.6], 0.0
    out = []
    for upto in TERMS:
        of = bootstrap(ordinary, lambda r, a=last, b=upto + 0.6: share(r, lambda x: a < x["lasts"] <= b, of_value=True))
        note = "shorter ones are a year's spending" if upto == 12 else f"{last:.0f}-{upto} months"
        out.append((f"value_to_{upto}_months", of, "share of value in force, terms up to ten years", note))
        last = upto + 0.6
    long, large = [r for r in known if r["lasts"] > last], [r for r in known if r["value"] >= LONG]
    of = bootstrap(long, lambda r: share(r, lambda x: x["lasts"] <= 240.6, of_value=True))
    out.append(("long_to_240_months", of, "share of value in force, terms beyond ten years", "121-240 months; the rest 241-360"))
    of = bootstrap(large, lambda r: share(r, lambda x: x["lasts"] > 120.6, of_value=True))
    kind = "that a need above the threshold is of the kind met by PFI contracts; a lasting property"
    out.append(("long_chance", of, "chance", kind))
    least = "contracts below never run beyond ten years; range assumed"
    out.append(("long_threshold", (LONG, 500_000.0, 5_000_000.0), "£ a year", least))
    for band, (low, high) in ROUTE_BANDS.items():
        mine = [row for row in book if low <= row["value"] < high and row["route"] in ROUTE_NAMES]
        for route, name in ROUTE_NAMES.items():
            value, least, most = bootstrap(mine, lambda r, w=route: share(r, lambda x: x["route"] == w, of_value=False))
            none = 3.0 / len(mine)  # the most that seeing none of so many leaves likely
            of = (value, least, max(most, none))
            note = f"{len(mine)} contracts of this yearly value whose route is named"
            out.append((f"{name}_{band}", of, "share of contracts", note))
    return out


def write_parameters(rows: list[tuple[str, tuple[float, float, float], str, str]]) -> None:
    """Write the model's parameters of the contract book."""
    lines = ["# How long contracts run and by which route they are let. Written by experiments/contract_book.py."]
    for name, (value, low, high), unit, note in rows:
        lines += ["", f"[{name}]", f"value = {value:.6g}", f"low = {low:.6g}", f"high = {high:.6g}", f'unit = "{unit}"']
        lines += [f'source = "fitted: {SALFORD}, frameworks left out"', "year = 2022", f'note = "{note}"']
    PARAMETERS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write(rows: list[tuple[str, tuple[float, float, float], str, str]]) -> None:
    """Write the fits as data."""
    FOLDER.mkdir(exist_ok=True)
    lines = ["# Written by experiments/contract_book.py. Ranges: 95 % by bootstrap over contracts."]
    for name, (value, low, high), unit, source in rows:
        lines += ["", f"[{name}]", f"value = {value:.6g}", f"low = {low:.6g}", f"high = {high:.6g}"]
        lines += [f'unit = "{unit}"', f'source = "fitted: {source}"', f"year = {2022 if source == SALFORD else 2026}"]
    (FOLDER / "contract_book.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def model_book() -> dict[str, np.ndarray]:
    """Values, lengths, places, SME holders and routes of the council's contracts in the starting world."""
    from cwbsim import load_scenario
    from cwbsim.outcomes.contract_passes import SME_CLASS
    from cwbsim.simulation import build_world
    from cwbsim.world import BOROUGH, COMPETED

    world = build_world(load_scenario("wigan/baseline"), 1)
    n, mine = world.needs, world.needs.anchor == 0
    held, sme = n.supplier[mine], world.parameters.procurement.sme_turnover * 100
    site, pool = np.maximum(held, 0), np.maximum(-1 - held, 0)
    own_seat = world.firms.owner_place[site] == BOROUGH  # a branch is as large as its owner
    small = np.where(held >= 0, own_seat & (world.firms.size_class[site] <= SME_CLASS), world.pool.turnover[pool] <= sme)
    return {
        "value": n.budget[mine] * 12 / 100, "months": n.term_months[mine].astype(float), "local": n.place[mine] == 0,
        "sme": small, "bids": n.n_bids[mine & (n.route <= COMPETED)], "route": n.route[mine],
    }  # fmt: skip


def _hits(book: list[dict[str, Any]], what: str) -> list[tuple[float, bool]]:
    """Value of each contract of the register, and whether an SME or a local supplier holds it, where told."""
    if what == "sme":
        return [(r["value"], r["sme"] == "yes") for r in book if r["sme"] in {"yes", "no"}]
    return [(r["value"], r["zone"] == "Salford") for r in book if r["zone"] in {"Salford", "other GM", "elsewhere"}]


def draw(model: dict[str, np.ndarray] | None) -> None:
    """Draw values, lengths, SME and local shares by value, and routes, sources beside model."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.titlelocation": "left"})
    figure = Figure(figsize=(14.5, 7.4), layout="constrained")
    axes = figure.subplots(2, 3)
    book = register()
    _draw_values(axes[0, 0], book, model)
    _draw_lengths(axes[0, 1], book, model)
    for panel, what in ((axes[1, 0], "sme"), (axes[1, 1], "local")):
        _draw_holders(panel, what, book, model)
    routed = [r for r in book if r["route"] in ROUTE_NAMES and not r["ceiling"]]
    order = list(ROUTE_LABELS)
    of_book = [(r["value"], order.index(ROUTE_NAMES[r["route"]])) for r in routed]
    _draw_routes(axes[0, 2], of_book, "Routes to market: Salford's register")
    if model is None:
        axes[1, 2].set_visible(False)
    else:
        of_model = list(zip(model["value"].tolist(), model["route"].tolist(), strict=True))
        _draw_routes(axes[1, 2], of_model, "Routes to market: the model, council")
    figure.suptitle(
        "Contracts: Salford's register (2022), Lancashire's award notices, and the council's contracts at the model's start",
        fontsize=11, x=0.005, ha="left",
    )  # fmt: skip
    figure.savefig(FOLDER / "contract_book.png", dpi=130)


def _draw_values(panel: Any, book: list[dict[str, Any]], model: dict[str, np.ndarray] | None) -> None:
    """Draw the share of contracts that are worth more than a value."""
    series = [("Salford's register", "-", "#1D6FA5", np.array([row["value"] for row in book]))]
    if model is not None:
        series.append(("the model, council", "--", "#B4531A", model["value"]))
    for name, style, colour, values in series:
        panel.plot(np.sort(values), 100 * (1 - np.arange(values.size) / values.size), style, color=colour, label=name)
    panel.set(xscale="log", yscale="log", xlabel="yearly value", title="Contracts worth more than a value, %")
    panel.set_yticks([100, 10, 1], ["100", "10", "1"])
    panel.set_xticks([1e3, 1e4, 1e5, 1e6, 1e7], ["£1,000", "£10,000", "£100,000", "£1m", "£10m"])
    panel.legend(frameon=False, loc="lower left")


def _draw_lengths(panel: Any, book: list[dict[str, Any]], model: dict[str, np.ndarray] | None) -> None:
    """Draw value in force by length of contract; one shorter than a year counts as a year's spending, as in the model."""
    edges = np.array([0, *LENGTHS[1:]])
    names = ["to 1", *(f"{a // 12}-{b // 12}" for a, b in itertools.pairwise(LENGTHS[1:-1])), f"over {LENGTHS[-2] // 12}"]
    spent = [row for row in book if row["lasts"] > 0 and not row["ceiling"]]
    months, weight = np.array([[max(r["lasts"], 12.0), r["value"]] for r in spent]).T
    series = [("Salford's register", {"color": "#1D6FA5"}, months, weight)]
    if model is not None:
        style = {"color": "#D8A868", "hatch": "//", "edgecolor": "#3A3A3A"}
        series.append(("the model, council", style, model["months"], model["value"]))
    for i, (name, how, lasts_for, value) in enumerate(series):
        share_of = 100 * np.histogram(lasts_for, edges + 0.6, weights=value)[0] / value.sum()
        panel.bar(np.arange(len(names)) + 0.4 * i - 0.2 * (len(series) - 1), share_of, 0.4, label=name, **how)
    panel.set_xticks(range(len(names)), names)
    panel.set(xlabel="length, years; frameworks left out", title="Value in force by length of contract, %")
    panel.legend(frameon=False)


def _draw_holders(panel: Any, what: str, book: list[dict[str, Any]], model: dict[str, np.ndarray] | None) -> None:
    """Draw the share of contracts that SMEs, or suppliers of the borough, hold by value, with its 95 % interval."""
    series = [("Salford's register", "#1D6FA5", "o", _hits(book, what))]
    if what == "sme":
        series.append(("Lancashire's awards (whole value)", "#4C8C4A", "s", [(r["value"], r["sme"]) for r in notices()]))
    if model is not None:
        of_needs = list(zip(model["value"].tolist(), model[what].tolist(), strict=True))
        series.append(("the model, council", "#B4531A", "^", of_needs))
    for offset, (name, colour, mark, pairs) in enumerate(series):
        for i, (low, high) in enumerate(itertools.pairwise(BANDS)):
            hits = np.array([hit for value, hit in pairs if low <= value < high], float)
            if hits.size:
                p, half = hits.mean(), 1.96 * math.sqrt(max(hits.mean() * (1 - hits.mean()), 0.01) / hits.size)
                at, label = i + 0.15 * (offset - (len(series) - 1) / 2), name if i == 0 else None
                ends = [[100 * min(half, p)], [100 * min(half, 1 - p)]]
                panel.errorbar(at, 100 * p, ends, fmt=mark, color=colour, label=label)
    title = {"sme": "Held by small and medium-sized firms", "local": "Held in the borough"}[what]
    panel.set_xticks(range(5), ["under 25", "25-100", "100-500", "500-2,000", "more"])
    note = "" if what == "sme" or model is None else "; the model has Wigan's share of value"
    panel.set(xlabel=f"yearly value, £ thousand; lines: 95 %{note}", ylim=(0, 118), title=f"{title}, % of contracts")
    panel.set_yticks(range(0, 101, 20))
    panel.legend(frameon=False, loc="upper right", ncols=2, fontsize=8)


def _draw_routes(panel: Any, pairs: list[tuple[float, int]], title: str) -> None:
    """Draw by which route contracts are let, by value: one bar a band, with how many there are."""
    ends, labels = list(ROUTE_BANDS.values()), []
    for i, (low, high) in enumerate(ends):
        mine = np.array([route for value, route in pairs if low <= value < high])
        at = 0.0
        for row, (name, colour) in enumerate(ROUTE_LABELS.values()):
            of = 100 * float((mine == row).mean()) if mine.size else 0.0
            panel.barh(-i, of, left=at, color=colour, edgecolor="white", label=name if i == 0 else None)
            if of >= 4.5:
                panel.text(at + of / 2, -i, f"{of:.0f}", ha="center", va="center", color="white" if row in DARK else "black")
            at += of
        labels.append(f"{('to £25k', 'to £100k', 'to £500k', 'more')[i]}\n({mine.size})")
    panel.set_yticks([-i for i in range(len(ends))], labels)
    panel.set(xlim=(0, 100), ylim=(-3.6, 1.15), xlabel="% of contracts; in brackets how many", title=title)
    panel.legend(frameon=False, loc="upper left", ncols=3, fontsize=8)


def main() -> None:
    """Fit, write, draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--model", action="store_true", help="draw the starting book of the model beside the sources")
    asked = parser.parse_args()
    rows = fits()
    write(rows)
    write_parameters(parameters_of_model())
    model = model_book() if asked.model else None
    draw(model)
    for name, (value, low, high), unit, _ in rows:
        print(f"{name:44}{value:>14,.4g}  ({low:,.4g} to {high:,.4g}) {unit}")
    if model is not None:
        single = (model["bids"] == 1).mean()
        print(f"the model's last competitions: {model['bids'].mean():.2f} bids on average, {single:.1%} with one bid")


if __name__ == "__main__":
    main()
