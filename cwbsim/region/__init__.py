"""Several boroughs simulated in full beside each other.

Each borough is a world of its own, built and run by the same code as when it stands alone. Between months they
exchange what crosses their borders: people commute, households shop, firms buy and firms bid (`exchange`), by
the ties that `ties` works out from the census and from distance.
"""

from cwbsim.region.run import RegionRun
from cwbsim.region.simulate import Region, build_region, run_region_month, simulate_region

__all__ = ["Region", "RegionRun", "build_region", "run_region_month", "simulate_region"]
