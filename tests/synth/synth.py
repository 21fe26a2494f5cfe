# SPDX-License-Identifier: Apache-2.0
"""What the synthesis tests share: the flow, and an end with 77 and the reason if a tool is absent."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "synth"))

import flow  # noqa: E402
import rtl  # noqa: E402

SKIPPED = 77


def verdict(found):
    """Prints (sentence, whether it holds) of every check; exit status: 1 where one does not."""
    bad = 0
    for sentence, good in found:
        bad += not good
        print(f"{'ok' if good else 'FAILURE'}: {sentence}", flush=True)
    print("FAILURE" if bad else "PASS")
    return 1 if bad else 0


def run(main, *arguments):
    """Ends the program with main's status."""
    try:
        sys.exit(main(*arguments))
    except rtl.Skip as reason:
        print(f"SKIP: {reason}")
        sys.exit(SKIPPED)


__all__ = ["flow", "rtl", "run", "verdict"]
