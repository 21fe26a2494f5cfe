# SPDX-License-Identifier: Apache-2.0
"""Synthesis of one module to gates, and what must not be in the result.

The memories of flashd_ram (one write port, one registered read port) stay memories, as they would
with an ASIC macro or an FPGA's block RAM; queues and tables become flip-flops and gates.
"""
import dataclasses
import json
import re
import time

import rtl
import yosys

# Cells that must not come out of elaboration and word-level optimisation. A division by a power of
# two is wires by then.
FORBIDDEN = {
    "a latch": ("$dlatch", "$adlatch", "$dlatchsr", "$sr", "$_DLATCH_*", "$_SR_*"),
    "a divider": ("$div", "$mod", "$divfloor", "$modfloor", "$pow"),
    "a three-state driver": ("$tribuf", "$_TBUF_*"),
}

MEMORY = re.compile(r"cell \$mem_v2 (\S+)$(.*?)^  end$", re.MULTILINE | re.DOTALL)
RAM_PORTS = {"RD_PORTS": 1, "WR_PORTS": 1, "RD_CLK_ENABLE": 1, "WR_CLK_ENABLE": 1}


@dataclasses.dataclass
class Result:
    """Sentences on what is wrong; if there are none, what came out."""
    problems: list
    gates: int = 0
    flops: int = 0
    rams: dict = dataclasses.field(default_factory=dict)   # name -> (words, bits per word)
    cells: dict = dataclasses.field(default_factory=dict)  # type -> number
    area: float = 0.0                                      # of the library, without memories
    seconds: float = 0.0

    def ram_bits(self):
        return sum(words * bits for words, bits in self.rams.values())


def find(kind):
    """Commands that write the cells of one forbidden kind into a file, and stop if there are any."""
    types = " ".join(f"t:{name}" for name in FORBIDDEN[kind])
    file = kind.replace(" ", "_") + ".il"
    return [f"tee -q -o {file} dump {types}", f"select -assert-none {types}"]


def script(top, parameters, files, liberty):
    """Lines of the flow: word level with its checks, memories, gates with theirs."""
    lines = [yosys.read(top, parameters, files, "--no-proc --keep-hierarchy"),
             f"hierarchy -check -top {top}", "tee -q -o instances.txt select -list t:flashd_ram*",
             "design -reset",
             yosys.read(top, parameters, files), f"hierarchy -check -top {top}",
             # Tables stay logic: as memories they would be told apart from RAM by luck.
             "proc -norom", "tee -q -o word.txt check -assert",
             f"synth -top {top} -flatten -noshare -run coarse:fine"]
    for kind in FORBIDDEN:
        lines += find(kind)
    # Without a write port it is a table with its read register: logic and flip-flops.
    lines += ["select -set ram t:$mem_v2 r:RD_CLK_ENABLE=1'1 %i r:WR_PORTS<1 %d",
              "tee -q -o rams.il dump @ram",
              "opt -fast -full", "memory_map t:$mem_v2 @ram %d", "opt -undriven -fine", "techmap",
              "opt -fast"]
    if liberty:
        # Read as boxes first: else no check knows what drives and what is driven.
        lines += ["read_liberty -lib cells.lib", "dfflibmap -liberty cells.lib", "opt_clean",
                  "abc -liberty cells.lib -constr cells.constr -D 2000"]
    else:
        # Few kinds of flip-flops: abc takes every clock with its enable as a domain of its own.
        lines += ["dfflegalize -cell $_DFF_P_ x -cell $_DFF_PN0_ x -cell $_DFF_PN1_ x",
                  "opt_clean", "abc -script +strash;map,-a"]
    lines += ["opt -fast", "opt_clean -purge", "tee -q -o gates.txt check -assert"]
    for kind in FORBIDDEN:
        lines += find(kind)
    return lines + ["tee -q -o cells.json stat -json" + (" -liberty cells.lib" if liberty else "")]


def unmapped(types, liberty):
    """Cell types that are neither gates nor memories."""
    gate = re.compile(r"\$_\w+_$") if not liberty else re.compile(r"[A-Za-z]\w*$")
    return [name for name in types
            if not gate.match(name) and name not in ("$mem_v2", "$scopeinfo")]


def number(text):
    """Value of a parameter in RTLIL, 4'0101 or decimal."""
    return int(text.split("'")[1], 2) if "'" in text else int(text)


def memories(text):
    """Memories of a dump: name -> parameters as numbers, as far as they are short."""
    found = {}
    for name, body in MEMORY.findall(text):
        values = dict(re.findall(r"parameter (?:signed )?\\(\w+) (\S+)", body))
        found[name.lstrip("\\")] = {key: number(value) for key, value in values.items()
                                    if re.fullmatch(r"\d+|\d+'[01]+", value)}
    return found


def instances(text, top):
    """Memories of the instances of flashd_ram in a list of cells, by the names of the flat design.

    With the hierarchy kept a module is called name$path, so a cell is name$top.a.b/instance.
    """
    found = set()
    for line in text.split():
        module, instance = line.rsplit("/", 1)
        path = module.split("$", 1)[1].split(".")[1:] if "$" in module else []
        found.add(".".join([*path, instance, "mem_q"]))
    return found or ({"mem_q"} if top == "flashd_ram" else set())


def failure(run):
    """Sentences on why Yosys stopped."""
    found = []
    for kind in FORBIDDEN:
        dump = run.folder / (kind.replace(" ", "_") + ".il")
        text = dump.read_text(encoding="utf-8") if dump.exists() else ""
        places = re.findall(r'attribute \\src "([^"]+)"\s+(?:attribute .*\s+)*cell (\S+)', text)
        found += dict.fromkeys(f"{kind} ({cell}) at {place}" for place, cell in places)
    for name in ("word.txt", "gates.txt"):
        check = run.folder / name
        if check.exists():
            lines = check.read_text(encoding="utf-8").splitlines()
            found += [line for line in lines if line.startswith("Warning")][:10]
    return found or run.errors() or ["Yosys stopped without a word"]


def synthesise(top, parameters, files=None, texts=None, liberty=None):
    """Result for module `top` of `files` (default: the engine's) or `texts` (name -> source)."""
    files = rtl.sources() if files is None else files
    begin = time.monotonic()
    texts = dict(texts or {})
    names = [name for name in (*files, *texts) if name.endswith(".sv")]
    if liberty:
        texts["cells.constr"] = "set_driving_cell BUF_X1\nset_load 5.0\n"
        texts["cells.lib"] = liberty
    with yosys.run(script(top, parameters, names, liberty), files, texts) as run:
        if run.status:
            return Result(failure(run))
        stat = json.loads((run.folder / "cells.json").read_text(encoding="utf-8"))["design"]
        rams = memories((run.folder / "rams.il").read_text(encoding="utf-8"))
        wanted = instances((run.folder / "instances.txt").read_text(encoding="utf-8"), top)
    cells = stat["num_cells_by_type"]
    problems = [f"cells that were not mapped: {name}" for name in unmapped(cells, liberty)]
    problems += [f"flashd_ram {name} was not kept as a memory" for name in wanted - set(rams)]
    problems += [f"memory {name} is not in a flashd_ram" for name in set(rams) - wanted]
    for name, values in rams.items():
        problems += [f"memory {name}: {key} is {values.get(key)}, flashd_ram has {number_of}"
                     for key, number_of in RAM_PORTS.items() if values.get(key) != number_of]
    flops = sum(count for name, count in cells.items() if "DFF" in name)
    sizes = {name: (values["SIZE"], values["WIDTH"]) for name, values in rams.items()}
    gates = sum(cells.values()) - flops - cells.get("$mem_v2", 0) - cells.get("$scopeinfo", 0)
    return Result(problems, gates, flops, sizes, cells, float(stat.get("area", 0.0)),
                  time.monotonic() - begin)
