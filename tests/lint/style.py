#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every RTL file: licence, one module of the file's name, a telling header, 400 lines, 100 columns.

Also: rtl/flashd_top.f lists every file under rtl/ (lanes and SoC have lists of their own) and no other,
packages first, those of rtl/flashd.f (the engine alone) among them; every waiver stands in
rtl/lint/waivers.vlt with its reason. What PeakRDL writes is only listed.
"""
import lint
import sources

GENERATED = {"rtl/spec/flashd_spec_pkg.sv", "rtl/spec/flashd_device_spec_pkg.sv"}

# Sources that are no part of the device, and where they are listed.
LISTS = {"rtl/lane": ("rtl/lane/lane.f",),
         "rtl/soc": ("rtl/soc/soc.f",),
         "rtl/baseline": ("rtl/baseline/baseline.f", "rtl/baseline/paper.f")}

SPOILED = """// SPDX-License-Identifier: Apache-2.0
/// A sum.
///
/// Latency: none. Back-pressure: none. Does not: saturate.
module flashd_sum (
  input  logic [7:0] a_i,
  output logic [7:0] sum_o
);
  assign sum_o = a_i + 8'd1;
endmodule
"""


def can_fail():
    """Sentences for spoiled files that pass as good, or a good one that does not."""
    def check(text, name="flashd_sum.sv"):
        return sources.problems(name, text)

    spoiled = {
        "no licence": SPOILED.replace("// SPDX-License-Identifier: Apache-2.0\n", ""),
        "another name": SPOILED.replace("module flashd_sum", "module flashd_add"),
        "two modules": SPOILED + "module flashd_two;\nendmodule\n",
        "no latency": SPOILED.replace("Latency: none. ", ""),
        "no back-pressure": SPOILED.replace("Back-pressure: none. ", ""),
        "no limits told": SPOILED.replace(" Does not: saturate.", ""),
        "no header": SPOILED.replace("///", "//"),
        "wide": SPOILED.replace("  assign", "  " + " " * 80 + "assign"),
        "waived in place": SPOILED.replace("  assign", "  // verilator lint_off WIDTH\n  assign"),
        "tab": SPOILED.replace("  assign", "\tassign"),
        "long": SPOILED + "\n".join(f"// {i}\nlogic x{i};" for i in range(400)) + "\n",
    }
    wrong = [f"a file spoiled by '{what}' passes" for what, text in spoiled.items()
             if not check(text)]
    wrong += [f"a waiver spoiled by '{what}' passes" for what, text in {
        "no reason": 'lint_off -rule WIDTH -file "*flashd_fifo.sv"',
        "no file": "// Reason.\nlint_off -rule WIDTH",
        "no rule": '// Reason.\nlint_off -file "*flashd_fifo.sv"',
        "all files": '// Reason.\nlint_off -rule WIDTH -file "*"',
    }.items() if not sources.waivers("waivers.vlt", text)]
    return wrong + [f"the good example fails: {line}" for line in check(SPOILED)]


def main():
    found = can_fail()
    present = sorted(str(path.relative_to(lint.rtl.ROOT))
                     for path in (lint.rtl.ROOT / "rtl").rglob("*.sv"))
    names = lint.rtl.sources(lint.rtl.DEVICE_LIST)
    for name in present:
        folder = name.rsplit("/", 1)[0]
        lists = LISTS.get(folder, ("rtl/flashd_top.f",))
        if not any(name in lint.rtl.sources(each) for each in lists):
            found.append(f"{name}: not listed in {' or '.join(lists)}")
    found += [f"{name}: in rtl/flashd.f, not in rtl/flashd_top.f" for name in lint.rtl.sources()
              if name not in names]
    for title, listed in (("flashd.f", lint.rtl.sources()), ("flashd_top.f", names)):
        found += [f"rtl/{title} lists {name}, which does not exist" for name in listed
                  if name not in present]
        found += [f"rtl/{title} lists {name} twice" for name in set(listed)
                  if listed.count(name) > 1]
        packages = [name.endswith("_pkg.sv") for name in listed]
        if packages != sorted(packages, reverse=True):
            found.append(f"rtl/{title}: packages must come first")
    for name in present:
        if name in lint.rtl.FOREIGN:
            continue
        text = (lint.rtl.ROOT / name).read_text(encoding="utf-8")
        found += sources.problems(name, text, name in GENERATED)
    waivers = lint.rtl.ROOT / "rtl/lint/waivers.vlt"
    found += sources.waivers("rtl/lint/waivers.vlt", waivers.read_text(encoding="utf-8"))
    for line in found:
        print(f"FAILURE {line}")
    print(f"{len(present)} files")
    return lint.verdict(len(found))


if __name__ == "__main__":
    lint.run(main)
