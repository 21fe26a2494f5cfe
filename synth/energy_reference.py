# SPDX-License-Identifier: Apache-2.0
"""The energy table as YAML: an energy reference table in Accelergy's form (ERT, version 0.4).

Beside Accelergy's keys every action has `count`, an expression over the device's counters, the
job's d and dv, the toggles of its scores and the build's parameters, and `source`.
"""
from energy_table import ACTIONS

HOROWITZ = ("M. Horowitz, Computing's energy problem (and what we can do about it), ISSCC 2014, "
            "doi 10.1109/ISSCC.2014.6757323, table of rough energies in 45 nm at 0.9 V")
COUNTS = {
    "score_sign": "sign_bits",
    "score_bit": "significand_toggles",
    "weight": "keys_scored",
    "output_mac": "(keys_scored - keys_skipped) * dv",
    "skip": "keys_skipped * (keys_scored - keys_skipped) / max(keys_scored, 1) * dv",
    "merge": "max(tiles - tiles_skipped - rows + rows_empty, 0) * dv",
    "merge_first": "min(tiles - tiles_skipped, rows - rows_empty) * dv",
    "row_unit": "tiles",
}
# Bits of the device's memories: what is done to one, how often, how large the memory is.
BUFFERS = {
    "query": ("read", "score_busy * LANES * WIDTH * 19", "CONTEXTS * MAX_HEAD_DIM * 19"),
    "key": ("read", "score_busy * WIDTH * 16", "2 * TILE * MAX_HEAD_DIM * 16"),
    "value": ("read", "output_busy * WIDTH * 16", "2 * TILE * MAX_HEAD_DIM * 16"),
    "score": ("written and read", "2 * keys_scored * 29", "2 * TILE * LANES * 29"),
    "weight": ("written and read",
               "(keys_scored + output_busy * LANES * min(16, WIDTH, TILE)) * 16",
               "2 * TILE * LANES * 16"),
    "o": ("read and written", "2 * (tiles - tiles_skipped) * dv * 32",
          "CONTEXTS * MAX_HEAD_DIM * 32"),
    "load": ("written, of Q, K and V", "8 * bytes_read", "2 * TILE * MAX_HEAD_DIM * 16"),
}
EOL = "\n"


def action(name, does, energy, count, source):
    return (f"    - name: flashd.{name}{EOL}      actions:{EOL}        - name: {does}{EOL}"
            f"          arguments: {{}}{EOL}          energy: {energy:.6g}{EOL}"
            f"      count: \"{count}\"{EOL}      source: \"{source}\"{EOL}")


def text(table, runs):
    """YAML of a fitted table (energy_table.fit) and the runs it was fitted to."""
    volts = runs["voltage"]
    scale = (volts / 0.9) ** 2
    gates = (f"fitted to gate-level runs of {len(runs['fit'])} jobs, lane of head dimension "
             f"{runs['head_dim']}, {runs['cells']} cells")
    lines = [f"""# SPDX-License-Identifier: Apache-2.0
# Energies per action in pJ; written by synth/energy_table.py, see docs/energy.md.
technology: "Nangate45, typical, 25 C"
voltage: {volts:g}
clock_ns: {runs['clock_ns']:g}
profile: {runs['profile']}
unit: pJ
lane_width: {runs['head_dim']}
# count: over the device's counters (docs/generated/device.md), d and dv of the job, rounded up to
# multiples of WIDTH, and the build's LANES, WIDTH, TILE, CONTEXTS and MAX_HEAD_DIM. sign_bits:
# bits of products q k whose sign changes from one step to the next; significand_toggles: bits of
# significands of k that do; at every multiplier with a row. Counted in Q and K; where there are
# none, 5.2 and 3.5 per visible element.
ERT:
  version: '0.4'
  tables:
"""]
    for name, (_, _, what, _) in ACTIONS.items():
        lines.append(action(f"lane.{name}", "compute", table[name], COUNTS[name],
                            f"{what}: {gates}"))
    width = runs["head_dim"]
    lines.append(action("lane.clock", "cycle", table["clock"], f"cycles * LANES * WIDTH / {width}",
                        f"idle cycle of a lane of {width} elements without leakage: {gates}"))
    lines.append(action("lane.leakage", "leak", table["leakage"],
                        f"cycles * LANES * WIDTH / {width}",
                        f"cell leakage by state, mean over the jobs: {gates}"))
    lines.append(action("lane.score_step", "step", table["score_step"],
                        "score_busy * LANES * WIDTH",
                        "one element of the score unit for one more step with the same operands, "
                        f"beyond an idle one's: mean over the jobs: {gates}"))
    cache = 10.0 / 64 * scale
    for name, (does, count, size) in BUFFERS.items():
        lines.append(action(f"buffer.{name}", "access", cache,
                            f"{count} * sqrt({size} / 65536)",
                            f"one bit, {does}: 10 pJ for 64 bits of 8 KB, times ({volts:g} V / "
                            "0.9 V)^2; the count has the square root of the size (10 pJ for 8 KB, "
                            f"20 pJ for 32 KB). {HOROWITZ}"))
    lines.append(action("axi.beat", "byte", 2 * 8 * runs["register_bit_pj"],
                        "bytes_read + bytes_written",
                        "two registers of 8 bits, random data, gate-level; no pads, no wires"))
    lines.append(action("dram", "byte", 1950.0 / 8, "bytes_read + bytes_written",
                        f"middle of 1.3 to 2.6 nJ for 64 bits, interface included. {HOROWITZ}"))
    return "".join(lines)
