# SPDX-License-Identifier: Apache-2.0
# The rivals' lanes (docs/lane.md), packages first; paths are relative to the repository root.
rtl/common/flashd_delay.sv
rtl/common/flashd_delay_valid.sv
rtl/common/flashd_ram.sv
rtl/baseline/flashd_bf16_multiply.sv
rtl/baseline/flashd_bf16_add.sv
rtl/baseline/flashd_published_pkg.sv
rtl/baseline/flashd_published_fix.sv
rtl/baseline/flashd_published_round.sv
rtl/baseline/flashd_published_scalar.sv
rtl/baseline/flashd_published_product.sv
rtl/baseline/flashd_published_sum.sv
rtl/baseline/flashd_published_weigh.sv
rtl/baseline/flashd_published_element.sv
rtl/baseline/flashd_lane_published.sv
rtl/baseline/flashd_running_sum_element.sv
rtl/baseline/flashd_running_sum_queue.sv
rtl/baseline/flashd_running_sum_scalar.sv
rtl/baseline/flashd_running_sum_output.sv
rtl/baseline/flashd_lane_running_sum.sv
