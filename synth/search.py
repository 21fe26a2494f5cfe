# SPDX-License-Identifier: Apache-2.0
"""Which recipes are tried for a module, and what of the tries is worth keeping."""
import mapping
import sizing

BLOCKS = (0, 4, 8, 12, 16, 20, 28, 64)
EFFORTS = (1.0, 0.9, 0.8, 0.7, 0.6)
COARSE = EFFORTS[::2]  # of a module with boxes, which have most of its area
# Scripts that are tried at all efforts, and whether with full adders as cells.
STRONG = (("keep", False), ("spare", False), ("fast", False), ("fast", True))
NEAR = 0.1  # of the clock: chains that miss it by more are not tried with other scripts


def longest(attempt):
    """Index of the longest chains of adders that meet the clock, by bisection; -1: none does."""
    low, high = -1, len(BLOCKS) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if attempt(mapping.Recipe("keep", True, BLOCKS[middle], True)) >= 0:
            low = middle
        else:
            high = middle - 1
    return low


def tries(attempt, adders, clock_ns, efforts):
    """Calls `attempt`, which returns a recipe's slack in ns, with all recipes that are worth it.

    Without full adders as cells there are no chains. Strong recipes only where nothing else meets
    the clock, each script up to the effort that does.
    """
    met = []

    def asked(*recipe, **more):
        slack = attempt(mapping.Recipe(*recipe, **more))
        met.append(slack >= 0)
        return slack

    block = 0
    if adders:
        index = longest(lambda recipe: asked(recipe.script, True, recipe.block, True))
        block = BLOCKS[max(index, 0)]
        asked("keep", True, block)
        if 0 <= index < len(BLOCKS) - 1:
            above = BLOCKS[index + 1]
            if attempt(mapping.Recipe("keep", True, above, True)) >= -NEAR * clock_ns:
                for script in ("spare", "dc2", "area"):
                    asked(script, True, above, True)
    else:
        asked("keep")
    for script in ("spare", "dc2", "area"):
        asked(script, adders, block, adders)
    if any(met):
        return
    for script, with_adders in STRONG:
        for effort in efforts:
            if asked(script, with_adders and adders, effort=effort) >= 0:
                break


def smallest(found, floor=0.0):
    """Of (part, trial) the smallest with the slack `floor`; where none has it, of the fastest."""
    enough = min(floor, max(trial.slack_ns for _, trial in found) - sizing.LEAST)
    return min((each for each in found if each[1].slack_ns >= enough),
               key=lambda each: (each[1].area, -each[1].slack_ns))


def worthwhile(found):
    """Those that nothing beats in area and slack, by area."""
    kept = []
    for part, trial in sorted(found, key=lambda each: (each[1].area, -each[1].slack_ns)):
        if not kept or trial.slack_ns > kept[-1][1].slack_ns + sizing.LEAST:
            kept.append((part, trial))
    return kept
