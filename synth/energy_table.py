#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Energies per action of the lane, fitted to gate-level runs of several jobs: docs/energy.md.

  energy_table.py --netlist lane.v --liberty nangate45.lib.gz --clock 2.0 --head-dim 16 \\
      --list spec/energy/jobs.txt --vectors DIR --bench flashd_lane_ours_fine_d16_r8 \\
      --traces ../shared/traces --jobs spec/energy/nangate45.json --out spec/energy/nangate45.yaml
  energy_table.py --jobs spec/energy/nangate45.json --out spec/energy/nangate45.yaml

The bench records the vectors of every job of the list into DIR; without it they are there already.
Without a netlist the runs stored in --jobs are fitted again. Exit status: 0 good, 1 a held-back
job is off by more than 5 %, 2 bad input.
"""
import argparse
import dataclasses
import hashlib
import json
import multiprocessing
import pathlib
import subprocess
import sys
import tempfile

import numpy

# Units of the lane by action: the first pattern that a unit's path begins with.
GROUPS = (("u_score.u_scale", "weight"), ("u_scores", "weight"), ("u_score_tag", "weight"),
          ("u_score", "score"), ("u_weights", "output"), ("u_steps", "output"),
          ("u_weight", "weight"), ("u_p", "weight"), ("u_output", "output"),
          ("gen_element", "output"), ("u_merge", "merge"), ("u_rows", "row"),
          ("gen_quer", "score"), ("", "weight"))
USED = "p_sig_10"  # the highest bit of a weight: high one cycle for every key not skipped
# Action: (group, count of it, what it is, of how many elements one is).
ACTIONS = {
    "score_sign": ("score", "sign_bits",
                   "one bit of a product of q and k whose sign changes: its addend flips", False),
    "score_bit": ("score", "significand_toggles",
                  "one bit of a significand of k that changes: product, alignment, sum", False),
    "weight": ("weight", "keys", "one score scaled, kept and turned into p", False),
    "output_mac": ("output", "used_keys", "one element of one p v added to its tile's sum", True),
    "skip": ("output", "skips", "one element of a skipped key between others", True),
    "merge": ("merge", "merged_tiles", "one element of a tile merged into its row", True),
    "merge_first": ("merge", "first_tiles", "one element of a row's first tile", True),
    "row_unit": ("row", "tiles", "row sum, logarithm, g and w of one tile", False),
}
LIMIT = 0.05
KINDS = ("fit", "hold", "outside")


def register_bit(liberties, cell, clock_ns, cycles=400, bits=16):
    """pJ a cycle of one bit of a register of `cell` (pins D, CK, Q) with random data."""
    import energy
    import energy_sim
    pins = "".join(f"  {cell} u{bit} (.D(d[{bit}]), .CK(clk_i), .Q(q[{bit}]));\n"
                   for bit in range(bits))
    with tempfile.TemporaryDirectory(prefix="flashd_energy_") as name:
        path = pathlib.Path(name) / "register.v"
        path.write_text(f"module top(input clk_i, input [{bits - 1}:0] d, "
                        f"output [{bits - 1}:0] q);\n{pins}endmodule\n", encoding="utf-8")
        model = energy.load(path, liberties)
    data = numpy.random.default_rng(1).integers(0, 2, (cycles, bits)).astype(numpy.uint8)
    activity = energy_sim.run(model.tables, {"d": data}, cycles, clock_ns * 1e-9)
    return float(activity.trace.sum()) * 1e12 / cycles / bits


def listed(path):
    """Jobs of a list: (kind, name, options of the bench), kinds as in KINDS. Raises ValueError."""
    found = []
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        kind, name, *options = line.split()
        if kind not in KINDS or not options:
            raise ValueError(f"{path}: '{line}', expected fit, hold or outside, a name, options")
        found.append((kind, name, " ".join(options)))
    if len({name for _, name, _ in found}) != len(found):
        raise ValueError(f"{path}: two jobs have one name")
    return found


def record(bench, jobs, folder, traces):
    """Vectors of the jobs, by the lane's bench. Raises ValueError where the RTL is not golden's."""
    for _, name, options in jobs:
        command = [bench, *options.replace("TRACES", str(traces)).split(), "--vectors",
                   str(pathlib.Path(folder) / name)]
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        if done.returncode or "PASS" not in done.stdout:
            raise ValueError(f"{name}: {done.stdout.strip()[-200:]}")


def with_still(vectors, idle, still):
    """The vectors, `idle` cycles with nothing valid, `still` cycles of the last key again."""
    import energy
    longer = energy.with_idle(energy.with_idle(vectors, idle), still)
    taken = longer.bits["valid_i"].copy()
    taken[longer.cycles - still:] = 1
    bits = {**longer.bits, "valid_i": taken}
    for name in ("begin_i", "end_i"):
        bits[name] = longer.bits[name].copy()
        bits[name][longer.cycles - still:] = 0
    return dataclasses.replace(longer, bits=bits)


def group_of(unit):
    return next(group for pattern, group in GROUPS if unit.startswith(pattern))


def measure(model, stem, clock_ns, idle=64):
    """Counts and pJ by group of one job, from its first key to the last cycle of its vectors.

    After them the lane rests for `idle` cycles, then takes the last key again as many times: what
    the score unit needs for that alone, beyond its rest, is `still_pj_per_key`.

    Memories are told apart (`memory_pj`) and are in no group and not in the total: the table has
    entries of its own for them. Raises ValueError where an output bit differs.
    """
    import energy
    import energy_counts
    import energy_sim
    import energy_vectors
    inputs = energy_vectors.read(stem + ".in")
    expected = energy_vectors.read(stem + ".out")
    longer = with_still(inputs, idle, idle)
    activity = energy_sim.run(model.tables, longer.bits, longer.cycles, clock_ns * 1e-9,
                              probes=(USED, ))
    compared, wrong = energy.differences(activity, expected)
    if wrong:
        raise ValueError(f"{stem}: output {wrong[0][1]} differs in cycle {wrong[0][0]}")
    # After the first quarter of the idle cycles all is quiet.
    begin, end, quiet = energy.window(inputs, None)[0], inputs.cycles, inputs.cycles + idle // 4
    again = end + idle
    counted = energy.counts(inputs, expected, begin, end)
    used = int(activity.outputs[USED][begin:quiet].sum())
    merged, firsts = energy_counts.tiles(inputs, expected)
    signs, bits = energy_counts.toggles(inputs, expected)
    leak = energy_sim.CATEGORIES.index("leakage")
    memory = energy_sim.CATEGORIES.index("memory")
    groups = {name: 0.0 for _, name in GROUPS}
    rest = dict(groups)
    job = activity.trace[begin:quiet].sum(axis=0) * 1e12
    still = activity.trace[quiet:again].mean(axis=0) * 1e12
    same = activity.trace[again + idle // 2:].mean(axis=0) * 1e12 - still
    step = 0.0
    stored = float(job[:, memory].sum())
    job[:, memory] = still[:, memory] = 0.0
    for place, unit in enumerate(activity.units):
        group = group_of(unit)
        groups[group] += float(job[place].sum() - job[place][leak])
        rest[group] += float(still[place].sum() - still[place][leak])
        if group == "score":
            step += float(same[place].sum() - same[place][leak] - same[place][memory])
    return {"job": pathlib.Path(stem).name, "cycles": quiet - begin, "keys": counted["keys"],
            "runs": counted["runs"], "tiles": merged + firsts, "rows": counted["rows"],
            "merged_tiles": merged, "first_tiles": firsts,
            "sign_bits": signs, "significand_toggles": bits,
            "used_keys": used, "skipped_keys": counted["keys"] - used,
            "cycles_replayed": inputs.cycles, "wrong_cycles": len(wrong),
            "compared_bits": compared, "memory_pj": round(stored, 4),
            "pj": {name: round(value, 4) for name, value in groups.items()},
            "idle_pj_per_cycle": {name: round(value, 6) for name, value in rest.items()},
            "still_pj_per_key": round(step, 6),
            "leakage_pj_per_cycle": round(float(job[:, leak].sum()) / (quiet - begin), 6),
            "total_pj": round(float(job.sum()), 4)}


def measured(model, jobs, folder, clock_ns, workers):
    """Kind -> what `measure` gives of its jobs, with the options of the bench, in their order."""
    stems = [(model, str(pathlib.Path(folder) / name), clock_ns) for _, name, _ in jobs]
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        found = pool.starmap(measure, stems, chunksize=1)
    return {kind: [{**run, "options": options} for run, (at, _, options) in zip(found, jobs)
                   if at == kind] for kind in KINDS}


def count_of(job, name):
    """A count of a job. Skips: operands fall to zero and return only where used and skipped keys
    follow each other, which in a random order happens used x skipped / keys times."""
    if name == "skips":
        return job["used_keys"] * job["skipped_keys"] / max(job["keys"], 1)
    return job[name]


def fit(jobs, head_dim):
    """Action -> pJ, by least squares of relative errors, group by group; none below zero.

    `clock`, `leakage` and `score_step` are not fitted but measured: means over the jobs.
    """
    still = float(numpy.mean([job["still_pj_per_key"] for job in jobs]))
    found = {"clock": float(numpy.mean([sum(job["idle_pj_per_cycle"].values()) for job in jobs])),
             "leakage": float(numpy.mean([job["leakage_pj_per_cycle"] for job in jobs])),
             "score_step": still / head_dim}
    for group in dict.fromkeys(action[0] for action in ACTIONS.values()):
        names = [name for name, action in ACTIONS.items() if action[0] == group]
        size = [head_dim if ACTIONS[name][3] else 1 for name in names]
        idle = numpy.mean([job["idle_pj_per_cycle"][group] for job in jobs])
        counts = numpy.array([[count_of(job, ACTIONS[name][1]) * elements
                               for name, elements in zip(names, size)] for job in jobs], float)
        joules = numpy.array([job["pj"][group] - idle * job["cycles"] -
                              (still * job["keys"] if group == "score" else 0) for job in jobs])
        weight = 1 / numpy.maximum(numpy.array([job["total_pj"] for job in jobs]), 1e-9)
        values = nonnegative(counts * weight[:, None], joules * weight)
        found.update(zip(names, map(float, values)))
    return found


def nonnegative(matrix, wanted):
    """Least squares; columns whose factor would be below zero are left out, the worst first."""
    values, kept = numpy.zeros(matrix.shape[1]), list(range(matrix.shape[1]))
    while kept:
        found = numpy.linalg.lstsq(matrix[:, kept], wanted, rcond=None)[0]
        if found.min() >= 0:
            values[kept] = found
            break
        kept.pop(int(found.argmin()))
    return values


def predict(table, job, head_dim):
    """pJ of a job by the table."""
    total = (table["clock"] + table["leakage"]) * job["cycles"]
    total += table["score_step"] * job["keys"] * head_dim
    for name, (_, count, _, elements) in ACTIONS.items():
        total += table[name] * count_of(job, count) * (head_dim if elements else 1)
    return total


def widened(table, factor):
    """A table for a lane `factor` times as wide: what every cycle costs grows with the width, as the
    device's energies take it."""
    return {**table, **{name: factor * table[name] for name in ("clock", "leakage")}}


def errors(table, jobs, head_dim):
    """Job -> relative error of the prediction."""
    return {job["job"]: predict(table, job, head_dim) / job["total_pj"] - 1 for job in jobs}


def markdown(table, runs):
    """The jobs as docs/energy.md lists them."""
    lines = ["| list | job | keys | used | sign bits, bits | merged, first | cycles replayed, wrong | "
             "gate level, pJ | table, pJ | error |", "|---" * 10 + "|"]
    for kind in KINDS:
        for job in runs[kind]:
            elements = job["keys"] * runs["head_dim"]
            told = predict(table, job, runs["head_dim"])
            lines.append(
                f"| {kind} | `{job['job']}` | {job['keys']} | {job['used_keys']} | "
                f"{job['sign_bits'] / elements:.2f}, {job['significand_toggles'] / elements:.2f} | "
                f"{job['merged_tiles']}, {job['first_tiles']} | {job['cycles_replayed']}, "
                f"{job['wrong_cycles']} | {job['total_pj']:.0f} | {told:.0f} | "
                f"{100 * (told / job['total_pj'] - 1):+.2f} % |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--netlist")
    parser.add_argument("--top", default="flashd_lane")
    parser.add_argument("--liberty", action="append", default=[])
    parser.add_argument("--clock", type=float, default=2.0, metavar="NS")
    parser.add_argument("--head-dim", type=int, default=16)
    parser.add_argument("--profile", default="fine")
    parser.add_argument("--register", default="DFF_X1", metavar="CELL",
                        help="flip-flop of the AXI registers, pins D, CK, Q")
    parser.add_argument("--list", metavar="FILE", help="jobs: kind, name, options of the bench")
    parser.add_argument("--vectors", metavar="DIR", help="folder of the jobs' vectors")
    parser.add_argument("--bench", help="program that records the vectors")
    parser.add_argument("--traces", default="../shared/traces", metavar="DIR")
    parser.add_argument("--workers", type=int, default=1, help="jobs measured at once")
    parser.add_argument("--revision", default="", help="of the sources, told in --jobs")
    parser.add_argument("--jobs", required=True, metavar="JSON")
    parser.add_argument("--judge", metavar="JSON", help="runs of another lane: the table is fitted "
                        "to those, and judged by the jobs of this one")
    parser.add_argument("--out", metavar="YAML")
    parser.add_argument("--markdown", action="store_true", help="print the jobs as a table")
    arguments = parser.parse_args()
    try:
        if arguments.judge and arguments.out:
            raise ValueError("--judge and --out exclude each other")
        if arguments.netlist:
            import energy
            if not arguments.list or not arguments.vectors:
                raise ValueError("--netlist needs --list and --vectors")
            jobs = listed(arguments.list)
            if arguments.bench:
                record(arguments.bench, jobs, arguments.vectors, arguments.traces)
            model = energy.load(arguments.netlist, arguments.liberty, top=arguments.top)
            netlist = pathlib.Path(arguments.netlist).read_bytes()
            runs = {"head_dim": arguments.head_dim, "clock_ns": arguments.clock,
                    "profile": arguments.profile, "revision": arguments.revision,
                    "netlist_sha256": hashlib.sha256(netlist).hexdigest(), "voltage": model.tables.voltage,
                    "libraries": model.files, "cells": len(model.netlist.cells),
                    "area_um2": round(model.netlist.area(), 1),
                    "register_bit_pj": register_bit(arguments.liberty, arguments.register,
                                                    arguments.clock),
                    **measured(model, jobs, arguments.vectors, arguments.clock,
                               arguments.workers)}
            pathlib.Path(arguments.jobs).write_text(json.dumps(runs, indent=1) + "\n",
                                                    encoding="utf-8")
        runs = json.loads(pathlib.Path(arguments.jobs).read_text(encoding="utf-8"))
        made = runs
        if arguments.judge:
            made = json.loads(pathlib.Path(arguments.judge).read_text(encoding="utf-8"))
        table = widened(fit(made["fit"], made["head_dim"]), runs["head_dim"] / made["head_dim"])
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if arguments.markdown:
        print(markdown(table, runs))
    for kind in KINDS if not arguments.markdown else ():
        for name, error in errors(table, runs[kind], runs["head_dim"]).items():
            print(f"{kind} {name:24} {100 * error:+.2f} %")
    for name, value in table.items():
        print(f"{name:12} {value:.6f} pJ")
    if arguments.out:
        import energy_reference
        pathlib.Path(arguments.out).write_text(energy_reference.text(table, runs),
                                               encoding="utf-8")
    worst = max(map(abs, errors(table, runs["hold"], runs["head_dim"]).values()), default=0.0)
    print(f"held-back jobs: worst {100 * worst:.2f} %")
    return 1 if worst > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
