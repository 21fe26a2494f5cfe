#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""GPU and ASIC: performance per area, per watt, and energy of one attention.

Reads recorded GPU runs (bench/results), the synthesised lanes (docs/results/silicon.json), energies per
action, and cycles of the exact twin. Every number says measured, estimated, scaled or published.
docs/compare.md tells what is compared with what.
"""
import argparse
import dataclasses
import json
import os
import pathlib
import shlex
import sys

USAGE, MISSING, INTERRUPTED = 2, 3, 130
ROOT = pathlib.Path(__file__).resolve().parent.parent

try:
    import yaml

    import compare_asic
    import compare_gpu
    import compare_scale
    import compare_tables
    from compare_values import QUANTITIES, load_workloads, shape_text
    from gpu_record import flops_of
    from sweep_points import Runner, Stop, Table, key_of, run_points
except ImportError as error:
    print(f"flashd: the Python module {error.name} is missing; ./flashd compare installs it",
          file=sys.stderr)
    sys.exit(MISSING)

# What is in an ASIC estimate and what is not stands beside the numbers.
INCLUDED = [
    "area: cells of LANES lanes of D = WIDTH (synthesised, replayed, Nangate45, no layout: no "
    "wires, no clock tree), two rotations of the values, and every memory of the device at the density of "
    "silicon.json",
    "clock: the lane's target, which its netlist meets by static timing without wires",
    "time: busy cycles of the cycle-exact twin, the jobs of an attention one after another on one "
    "device",
    "energy, chip: energies per action of the lane (gate level), of buffers (Horowitz, ISSCC 2014) and "
    "of the bus, times the device's counters; keys change as random ones do",
    "energy with memory: the same and DRAM at 243.75 pJ a byte, the middle of what Horowitz cites "
    "(ISSCC 2014), a memory of that time; it is not scaled",
]
NOT_INCLUDED = [
    "area and energy of the device's control, AXI masters, sequencer and walkers; pads, PLL, the DRAM "
    "interface's area; wires, clock tree, utilisation of a floorplan",
    "the lanes are those of SIG 8 (BF16): a build that takes FP16 too has wider multipliers",
    "energies per action are fitted to the lane of D 16; SRAM energies are cited, not simulated",
    "a GPU's die also does what this device cannot: graphics, FP64, caches, links, its memory's "
    "interface",
]


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise Stop(USAGE, f"compare: {message}; see flashd compare --help")


def parse(arguments):
    parser = Parser(prog="flashd compare", description=__doc__, allow_abbrev=False,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--workloads", nargs="+", metavar="NAME",
                        help="names in bench/workloads.json; default: bert-512 prefill-8k prefill-64k "
                             "decode-128k")
    parser.add_argument("--config", default="base", help="the device (default base)")
    parser.add_argument("--memory", default="bandwidth:60,16", metavar="MODEL",
                        help="as flashd run --memory (default bandwidth:60,16, which base is "
                             "balanced for)")
    parser.add_argument("--targets", nargs="+", default=["7", "n5"], metavar="NODE",
                        help="nodes to scale to: 7, n5 (default both)")
    parser.add_argument("--all-kernels", action="store_true",
                        help="every recorded kernel, not our fastest and the fastest baseline only")
    parser.add_argument("--records", type=pathlib.Path, default=ROOT / "bench" / "results",
                        metavar="DIR", help="recorded GPU runs (default bench/results)")
    parser.add_argument("--silicon", type=pathlib.Path,
                        default=ROOT / "docs" / "results" / "silicon.json", metavar="FILE",
                        help="report of the lanes (default docs/results/silicon.json)")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out/compare"), metavar="DIR",
                        help="where points of the twin are kept (default out/compare)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N",
                        help="processes at once, default: one per core")
    form = parser.add_mutually_exclusive_group()
    for name in ("markdown", "json", "csv"):
        form.add_argument(f"--{name}", dest="form", action="store_const", const=name)
    options = parser.parse_args(arguments)
    if options.jobs < 1:
        raise Stop(USAGE, f"compare: --jobs is {options.jobs}; expected 1 or more")
    return options


def chosen(names, known, option):
    """Names without repetitions, each of them known."""
    for name in names:
        if name not in known:
            raise Stop(USAGE, f"compare: {option}: '{name}' is none; there are: {', '.join(known)}")
    return list(dict.fromkeys(names))


def twin_points(options, shapes):
    """Rows of the twin by workload of the sweep, and its plan; runs what points.csv lacks."""
    names = list(dict.fromkeys(compare_asic.point_name(shape)[0] for shape in shapes))
    runner = Runner(options.program)
    plan = runner(["--plan", "--config", options.config, "--workload", *names,
                   "--memory", options.memory])
    if plan["left_out"]:
        raise Stop(USAGE, f"compare: --config {options.config}: {plan['left_out'][0]}")
    points = [{**p, "numerics": compare_asic.PROFILE, "spec_hash": plan["spec_hash"],
               "energy_table": plan["energy_table"]} for p in plan["points"]]
    table = Table(options.out / "points.csv")
    missing = [p for p in points if key_of(p) not in table.rows]
    run_points(missing, runner, table, options.jobs, ["--numerics", compare_asic.PROFILE])
    return {p["workload"]: table.rows[key_of(p)] for p in points}, plan


def scaling_notes(table, factors, device, points):
    notes = [f"{table['source']}, grade {table['grade']}; nothing is interpolated"]
    notes += [f"{t['name']}: {t['further']['source']}, grade {t['further']['grade']}: beyond the table"
              for t in table["targets"].values() if "further" in t]
    check = compare_asic.cross_check(points)
    if check and "7" in factors:
        when = " made of earlier sources," if check["earlier_sources"] else ""
        share = compare_asic.checked_share(device, factors["7"], check)
        notes.append(f"the table promises more than our own flow finds: our lane of D 16 in ASAP7, a "
                     f"predictive 7 nm library,{when} has {check['logic_area']:.3f} of its cell area in "
                     f"Nangate45 and {check['period']:.3f} of its clock period, both est.; with these "
                     f"the device's performance per area at 7 nm is {share:.2f} of the one printed")
    notes.append("memories and leakage are scaled like logic down to 7 nm, which flatters them; memory "
                 "bandwidth is scaled with the clock")
    return notes


def ratios(machines):
    """The device at a GPU's own node over that GPU, per area and per watt."""
    found = []
    for gpu in (m for m in machines if m["class"] == "gpu" and m["target"]):
        for own in (m for m in machines if m["class"] == "asic" and m["target"] == gpu["target"]):
            for key in ("tflops_per_mm2", "tflops_per_w"):
                mine, theirs = own["quantities"][key], gpu["quantities"].get(key)
                if theirs:
                    found.append({"what": QUANTITIES[key][1], "quantity": key,
                                  "machine": f"{own['machine']}, {own['node']}",
                                  "over": gpu["machine"], "value": mine.value / theirs.value,
                                  "kind": f"{mine.kind} over {theirs.kind}"})
    return found


def workload_of(name, shape, device, row, factors, records, published, every):
    flops = flops_of(shape)
    title = f"flashd {device.config}"
    machines = [{**compare_asic.machine(device, title, shape, flops, row, f), "class": "asic",
                 "target": target} for target, f in [(None, None), *factors.items()]]
    machines += [{**m, "class": "gpu"}
                 for m in compare_gpu.machines(records, published, shape, every)]
    near = compare_gpu.published_machine(published, name)
    if near:
        machines.append({**near, "class": "published", "target": None})
    point, jobs = compare_asic.point_name(shape)
    return {"name": name, "shape": shape_text(shape), "flops": flops, "point": point, "jobs": jobs,
            "cycles_of_a_job": int(row["busy_cycles"]), "utilisation": float(row["utilisation"]),
            "energy_parts_mj": compare_asic.energy_parts(shape, row),
            "machines": machines, "ratios": ratios(machines),
            "kernel_ratios": compare_gpu.kernel_ratios(records, shape)}


def compare(options, command):
    """Everything that is printed, as one object."""
    shapes, compared = load_workloads(ROOT / "bench" / "workloads.json")
    names = chosen(options.workloads or compared, shapes, "--workloads")
    table = yaml.safe_load((ROOT / "spec/compare/scaling.yaml").read_text(encoding="utf-8"))
    published = yaml.safe_load((ROOT / "spec/compare/published.yaml").read_text(encoding="utf-8"))
    targets = chosen(options.targets, table["targets"], "--targets")
    records, others = compare_gpu.load_records(options.records)
    points = compare_asic.load_silicon(options.silicon)
    spec = yaml.safe_load((ROOT / "spec" / "flashd.yaml").read_text(encoding="utf-8"))["configs"]
    chosen([options.config], spec, "--config")
    factors = {t: compare_scale.factors(table, t) for t in targets}
    # The area is settled before the twin runs for a minute.
    compare_asic.device(options.config, spec[options.config], 0, points)
    rows, plan = twin_points(options, [shapes[name] for name in names])
    machine = plan["configs"][options.config]
    device = compare_asic.device(options.config, spec[options.config], machine["on_chip_bits"], points)
    return {
        "schema": "flashd-compare", "version": 1, "command": command, "config": options.config,
        "memory": options.memory, "spec_hash": plan["spec_hash"], "energy_table": plan["energy_table"],
        "device": {**dataclasses.asdict(device), "area_mm2": device.area_mm2(), **machine},
        "scaling": {"factors": {t: dataclasses.asdict(f) for t, f in factors.items()},
                    "check": compare_asic.cross_check(points),
                    "notes": scaling_notes(table, factors, device, points)},
        "workloads": [workload_of(name, shapes[name], device,
                                  rows[compare_asic.point_name(shapes[name])[0]], factors, records,
                                  published, options.all_kernels) for name in names],
        "records": [{"file": name, "device": r["device"]["name"], "driver": r["device"]["driver"],
                     **{k: r[k] for k in ("date", "commit", "command", "absent")},
                     "complete": r.get("complete", True), "synthetic": bool(r.get("synthetic"))}
                    for name, r in records],
        "left_out": others, "included": [*INCLUDED, plan["energy_sentence"]],
        "not_included": [*NOT_INCLUDED, *(["changes of the lane since silicon.json was written"]
                                          if device.earlier_sources else [])], "peers": published["peers"]}


def main(arguments):
    options = parse(arguments)
    at = arguments.index("--program") if "--program" in arguments else len(arguments)
    doc = compare(options, shlex.join(["./flashd", "compare", *arguments[:at], *arguments[at + 2:]]))
    if options.form == "json":
        print(json.dumps(doc, indent=1, default=dataclasses.asdict))
    elif options.form == "csv":
        print(compare_tables.as_csv(doc), end="")
    else:
        print(compare_tables.document(doc, markdown=options.form == "markdown"), end="")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        print(f"flashd: {stop}", file=sys.stderr)
        sys.exit(stop.status)
    except KeyboardInterrupt:
        print("flashd: interrupted; the same command goes on from here", file=sys.stderr)
        sys.exit(INTERRUPTED)
