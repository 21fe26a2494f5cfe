# SPDX-License-Identifier: Apache-2.0
"""Deliberate bugs of rtl/soc: the first occurrence of a text in a file replaced. The named unit of
flashd_soc_units must catch it."""
from unit_mutants import UnitMutant

UART = "rtl/soc/flashd_uart.sv"
FIFO = "rtl/soc/flashd_ram_fifo.sv"
JOB = "rtl/soc/flashd_job_memory.sv"
RAM = "rtl/soc/flashd_dual_ram.sv"
BUS = "rtl/soc/flashd_soc_bus.sv"
SOC_MUTANTS = [
    UnitMutant("sent-bit-short", "the first bit sent lasts a cycle less", "uart", UART,
               "tx_wait_q  <= divisor - 16'd1;", "tx_wait_q  <= divisor - 16'd2;"),
    UnitMutant("start-not-looked-at", "noise counts as a start bit", "uart", UART,
               "rx_state_q <= rx ? Rest : Bits;", "rx_state_q <= Bits;"),
    UnitMutant("break-restarts", "a break is many framing errors", "uart", UART,
               "rx_idle_q  <= rx;", "rx_idle_q  <= 1'b1;"),
    UnitMutant("no-stop-bit", "a byte without its stop bit is taken", "uart", UART,
               ".push_i (rx_done && rx)", ".push_i (rx_done)"),
    UnitMutant("smallest-divisor", "a divisor of 3 is taken as it is", "uart", UART,
               "(divisor_i < 16'd4) ? 16'd4 : divisor_i", "divisor_i"),
    UnitMutant("full-takes-more", "a full queue takes a word", "uart", FIFO,
               "push_i && (count_o != CountBits'(Depth))", "push_i"),
    UnitMutant("output-uncounted", "the word at the output is not counted", "uart", FIFO,
               "stored_q + CountBits'(valid_q)", "stored_q"),
    UnitMutant("collision", "the core does not wait for the device", "job_memory", JOB,
               "(door_q.we != '0 || core_we_i != '0)", "1'b0"),
    UnitMutant("errors-write", "a burst that is refused writes", "job_memory", JOB,
               "door_moves && door_q.resp == Okay", "door_moves && (door_q.write || door_q.resp == Okay)"),
    UnitMutant("far-addresses", "addresses beyond 4 GiB are taken", "job_memory", JOB,
               "addr[63:3+BeatBits] != Base[63:3+BeatBits]",
               "addr[31:3+BeatBits] != Base[31:3+BeatBits]"),
    UnitMutant("response-kind", "a burst of another kind is taken", "job_memory", JOB,
               "size != 3'd3 || kind != 2'b01", "size != 3'd3"),
    UnitMutant("lost-response", "a write's answer finds no room", "job_memory", JOB,
               "write_valid_q && wvalid_i && b_room", "write_valid_q && wvalid_i"),
    UnitMutant("beat-kept", "a burst starts where the last one ended", "job_memory", JOB,
               "write_q <= write_next;", "write_q.len <= write_next.len;"),
    UnitMutant("last-too-late", "RLAST comes with the wrong beat", "job_memory", JOB,
               "door_q.last  <= read_pop;", "door_q.last  <= read_q.len == 8'd1;"),
    UnitMutant("bytes-together", "a write of one byte writes all", "job_memory", RAM,
               "b_en_i && b_we_i[i]) mem_q", "b_en_i && b_we_i != '0) mem_q"),
    UnitMutant("half-swapped", "the core reads the other half", "job_memory", JOB,
               "core_rdata[core_high_q]", "core_rdata[!core_high_q]"),
    UnitMutant("in-reset", "registers of a device in reset are awaited", "bus", BUS,
               "!(in_device && !device_reset_i)) begin", "!in_device) begin"),
    UnitMutant("error-silent", "a register's refusal is no bus error", "bus", BUS,
               "error = soc_error_q;", "error = 1'b0;"),
    UnitMutant("firmware-mirrored", "the firmware memory is there twice", "bus", BUS,
               "core_addr_i[31:FirmwareBits+2] == '0", "core_addr_i[31:FirmwareBits+3] == '0"),
    UnitMutant("error-word", "a refused read shows a word", "bus", BUS,
               "word_q <= error ? '0 :", "word_q <="),
    UnitMutant("address-kept", "AW is given twice", "bus", BUS,
               "if (axil_awready_i) aw_q <= 1'b0;", "if (done) aw_q <= 1'b0;"),
]
