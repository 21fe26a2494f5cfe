# SPDX-License-Identifier: Apache-2.0
# The SoC of docs/soc.md; paths are relative to the repository root. Before it: rtl/flashd_top.f, and
# picorv32.v, which `python3 rtl/soc/picorv32.py` finds in its wheel.
rtl/soc/flashd_soc_block_pkg.sv
rtl/soc/flashd_soc_block.sv
rtl/soc/flashd_ram_fifo.sv
rtl/soc/flashd_uart.sv
rtl/soc/flashd_dual_ram.sv
rtl/soc/flashd_firmware_memory.sv
rtl/soc/flashd_job_memory.sv
rtl/soc/flashd_axi_cut.sv
rtl/soc/flashd_soc_bus.sv
rtl/soc/flashd_soc_regs.sv
rtl/soc/flashd_soc_shell.sv
rtl/soc/flashd_soc.sv
