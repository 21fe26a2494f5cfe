# SPDX-License-Identifier: Apache-2.0
"""The replay of replay.py by the simulator of energy.py, where Icarus Verilog takes too long.

No delays, two values. What starts as x there starts at random bits here, twice: both replays have
to give every output that means something.
"""
import energy
import energy_sim
import energy_vectors
import replay

SEEDS = (0x9E3779B97F4A7C15, 0xD1B54A32D192ED03)


def words(expected):
    """Output words that mean something in their cycle."""
    return int(sum(known.sum() for known in expected.known.values()))


def run(folder, stem, top, liberties):
    """Replays STEM.in and STEM.out on lane.v in `folder`. Raises replay.Broken."""
    try:
        given, expected = (energy_vectors.read(f"{stem}{kind}") for kind in (".in", ".out"))
        model = energy.load(folder / "lane.v", liberties, top=top)
        wrong = []
        for seed in SEEDS:
            activity = energy_sim.run(model.tables, given.bits, given.cycles, 1e-9, levelled=True,
                                      seed=seed)
            wrong += energy.differences(activity, expected)[1]
    except (OSError, ValueError) as error:
        raise replay.Broken(f"The netlist cannot be simulated: {error}.") from error
    wrong = sorted(set(wrong))
    first = f"cycle {wrong[0][0]}: {wrong[0][1]} is not the RTL's" if wrong else ""
    return replay.Outcome(given.cycles, words(expected), len(wrong), first)
