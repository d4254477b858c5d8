"""A user's own script calls the project: workers read that script, which must not undo them."""

import subprocess
import sys

SCRIPT = """
import math
from cwbsim.analysis.workers import outcomes_of

print(sorted(outcomes_of(math.sqrt, [(4.0,), (9.0,), (16.0,)], workers=2)))
"""


def test_a_script_without_a_main_guard_gets_its_results_once_and_is_told(tmp_path):
    # each worker reads the script and would start workers of its own: it ends instead, and its parent does the runs
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)

    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=300, check=True
    )

    assert done.stdout == "[(0, 2.0), (1, 3.0), (2, 4.0)]\n"
    assert 'no `if __name__ == "__main__":`' in done.stderr
    assert "Traceback" not in done.stderr
