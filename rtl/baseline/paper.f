# SPDX-License-Identifier: Apache-2.0
# The paper's baseline taken literally (docs/lane.md, (p)): on top of baseline.f.
rtl/baseline/flashd_flash2_paper_element.sv
rtl/baseline/flashd_lane_flash2_paper.sv
