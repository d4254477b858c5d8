"""A council's own files: a million rows of payments in, and the report on a finished comparison out."""

from __future__ import annotations

import csv
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks import cwbsim_side

HEADINGS = ("Body Name", "Directorate", "Supplier Name", "Expenditure Category", "Payment Date", "Transaction Number",
            "Net Amount")  # fmt: skip
KINDS = ("Care", "Builders", "Software", "Taxis", "Cleaning", "Solicitors", "Foods", "Recruitment", "Training", "Waste")
BOUGHT = ("Residential Care", "Responsive Repairs", "Software Licences", "Home to School Transport", "Cleaning Services",
          "Legal Fees", "Catering Provisions", "Agency Staff", "Staff Training", "Refuse Disposal")  # fmt: skip
SUPPLIERS, MONTHS, FIRST = 20_000, 36, date(2022, 4, 1)


def payment_rows(n: int) -> Iterator[tuple[str, ...]]:
    """Invented payments: twenty thousand suppliers, amounts of every size, one in fifty a credit note."""
    for i in range(n):
        who = i * 7919 % SUPPLIERS
        pence = 50_000 + i * i % 977_003
        sign = "-" if i % 50 == 0 else ""
        day = FIRST + timedelta(days=i % (MONTHS * 30))
        yield ("Anytown Council", f"Directorate {i % 6}", f"Supplier {who} {KINDS[who % 10]} Ltd", BOUGHT[who % 10],
               day.strftime("%d/%m/%Y"), str(5_000_000 + i), f"{sign}{pence // 100}.{pence % 100:02d}")  # fmt: skip


def million_rows(rows: int) -> dict[str, Any]:
    """CPU seconds and peak memory of one import, the ledger written as the command writes it."""
    from benchmarks.measure import peak_megabytes
    from cwbsim.spend import import_spend

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "payments.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADINGS)
            writer.writerows(payment_rows(rows))
        start, clock = time.process_time(), time.perf_counter()
        found = import_spend([path])
        found.write(Path(folder) / "imported")
        return {"import_s": time.process_time() - start, "import_wall_s": time.perf_counter() - clock, "rows": len(found.frame),
                "peak_mb": peak_megabytes()}  # fmt: skip


def report(seeds: int, months: int, scale: float) -> dict[str, Any]:
    """CPU seconds from a finished comparison to its report in every form; which form is missing for want of a package."""
    from cwbsim.analysis.compare import compare
    from cwbsim.report.outputs import write_report
    from cwbsim.scenario import load_scenario

    def small(name: str) -> Any:
        return load_scenario(name).model_copy(update={"months": months, "scale": scale})

    try:
        comparison = compare(small("wigan/baseline"), [small("wigan/social_value_20")], seeds, workers=1, progress=False)
    except ImportError as error:
        raise cwbsim_side.NotThereError(str(error)) from error
    with tempfile.TemporaryDirectory() as folder:
        start, clock = time.process_time(), time.perf_counter()
        missing = write_report(comparison, Path(folder) / "report")
        return {"report_s": time.process_time() - start, "report_wall_s": time.perf_counter() - clock, "missing": missing}
