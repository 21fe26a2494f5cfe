# SPDX-License-Identifier: Apache-2.0
"""The designs that are compared: their lanes, sources, and replicated modules."""
import dataclasses
import re

import rtl

PROFILES = ("fine", "lean")


@dataclasses.dataclass(frozen=True)
class Design:
    """`elements`: modules with registered outputs that are synthesised once and used many times.

    `units`: (label, pattern) tell which unit of the breakdown a register or an element belongs to;
    the pattern is searched in "instance path|source file".
    """
    name: str
    title: str
    top: str
    lists: tuple
    elements: tuple = ()
    profiles: tuple = ("fine",)
    units: tuple = ()
    tiled: bool = False  # has a parameter Tile: 16 at D 16, 64 above
    without: tuple = ()  # modules that its parameters leave out of one that it has
    bench: str = ""      # of the lane bench's program: flashd_lane_<bench>_d<D>_r<Rows>

    def program(self, profile, head_dim, rows):
        """Name of the program that records vectors of the lane's RTL."""
        kind = f"_{profile}" if len(self.profiles) > 1 else ""
        return f"flashd_lane_{self.bench}{kind}_d{head_dim}_r{rows}"

    def parameters(self, profile, head_dim, rows):
        values = {"D": head_dim, "Rows": rows}
        if len(self.profiles) > 1:
            values["Profile"] = PROFILES.index(profile)
        if self.tiled:
            values["Tile"] = min(head_dim, 64)
        return values

    def sources(self):
        found = []
        for name in self.lists:
            found += [path for path in rtl.sources(name) if path not in found]
        return found

    def used(self):
        """Those of the sources that the lane is made of."""
        return rtl.reached(self.top, self.sources(), self.without)


DESIGNS = {design.name: design for design in (
    Design("ours", "FLASH-D by tiles", "flashd_lane", ("rtl/flashd.f", "rtl/lane/lane.f"),
           ("flashd_score_group", "flashd_output_group", "flashd_output_sum",
            "flashd_merge_slice", "flashd_lane_rows"), PROFILES, tiled=True,
           without=("flashd_soft_cap",), bench="ours"),
    Design("a", "FlashAttention-2, BF16", "flashd_lane_flash2_bf16", ("rtl/baseline/baseline.f",),
           ("flashd_bf16_product", "flashd_bf16_sum", "flashd_flash2_bf16_element"),
           bench="flash2_bf16"),
    Design("p", "FlashAttention-2, BF16, as in the paper: no stall", "flashd_lane_flash2_paper",
           ("rtl/baseline/baseline.f", "rtl/baseline/paper.f"),
           ("flashd_bf16_product", "flashd_bf16_sum", "flashd_flash2_paper_element"),
           bench="flash2_paper"),
    Design("b", "FlashAttention-2, FP32 accumulators", "flashd_lane_flash2_fp32",
           ("rtl/baseline/baseline.f",),
           ("flashd_fp32_product", "flashd_fp32_sum", "flashd_flash2_fp32_element"),
           bench="flash2_fp32"),
    Design("c", "running sum, one reciprocal a row", "flashd_lane_running_sum",
           ("rtl/flashd.f", "rtl/baseline/baseline.f"),
           ("flashd_score_group", "flashd_running_sum_element"), PROFILES,
           without=("flashd_soft_cap",), bench="running_sum"),
    Design("d", "published FLASH-D, BF16", "flashd_lane_published", ("rtl/baseline/baseline.f",),
           ("flashd_published_product", "flashd_published_sum", "flashd_published_element"),
           bench="published"),
    Design("e", "bare arrays", "flashd_lane_bare", ("rtl/baseline/baseline.f",),
           ("flashd_bare_product", "flashd_bare_element"), bench="bare"),
)}

HEADER = re.compile(r"^\s*parameter\b[^=;]*?(\w+)\s*=", re.MULTILINE)


def overridable(module, files):
    """Names of the parameters of a module that an instance may set, from its source."""
    for file in files:
        if file.endswith(f"/{module}.sv"):
            text = (rtl.ROOT / file).read_text(encoding="utf-8")
            return set(HEADER.findall(text.split(");", 1)[0]))
    return set()
