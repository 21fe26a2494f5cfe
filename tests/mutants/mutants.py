# SPDX-License-Identifier: Apache-2.0
"""Deliberate bugs: the first occurrence of a text in a file replaced. Every one must be caught."""
from typing import NamedTuple


class Mutant(NamedTuple):
    name: str
    what: str
    file: str
    old: str
    new: str


E = "rtl/engine/"
MUTANTS = [
    Mutant("table-entry", "an entry of the p table is one unit off", "rtl/spec/flashd_spec_pkg.sv",
           "6'd20: return 14'd10178;", "6'd20: return 14'd10179;"),
    Mutant("dropped-carry", "l is summed without the rounding carry", E + "flashd_weight.sv",
           "{l_kept, 1'b1}", "{l_kept, 1'b0}"),
    Mutant("mask-edge", "a row does not see its first key", E + "flashd_score_issue.sv",
           "(key >= see_begin_i[l])", "(key > see_begin_i[l])"),
    Mutant("lost-stall", "a full queue of raw outputs stops nothing", E + "flashd_engine.sv",
           "assign en = o_room && so_room && ro_room;", "assign en = o_room && ro_room;"),
    Mutant("bias-not-awaited", "a score does not wait for its bias", E + "flashd_score_issue.sv",
           "(!last_beat_o || !bias_en_i || b_valid_i)", "1'b1"),
    Mutant("swapped-channels", "neighbouring channels change places before the merge",
           E + "flashd_merge_unit.sv", "t_i[l][element]",
           "t_i[l][element ^ IndexBits'(1)]"),
    Mutant("stale-row", "a row starts from the state of the one before it",
           E + "flashd_score_setup.sv", "work_d.first = !begun_q[context_q];",
           "work_d.first = tile_first_i;"),
    Mutant("no-saturation", "a score beyond the range wraps", E + "flashd_score_lane.sv",
           "assign over = ", "assign over = 1'b0 && "),
    Mutant("wrong-exponent-bank", "values meet the exponents of the other bank",
           E + "flashd_value_buffer.sv", "rtop_q    <= top_q[rbank_i]",
           "rtop_q    <= top_q[rbank_i ^ BankBits'(1)]"),
    Mutant("skip-threshold", "a tile is skipped one octave too early",
           E + "flashd_sigmoid_serial.sv",
           "w_exponent >= 8'(flashd_spec_pkg::WMinLog2)",
           "w_exponent > 8'(flashd_spec_pkg::WMinLog2)"),
    Mutant("beats-not-cleared", "a key of several beats adds to the one before",
           E + "flashd_score_lane.sv", "assign row[2*Groups+1] = acc_q & {AccBits{!first_q[2]}};",
           "assign row[2*Groups+1] = acc_q;"),
    Mutant("bank-opened-early", "a tile is taken up while its bank still serves another",
           E + "flashd_score_setup.sv", " && !v_closed_i[v_bank_q];", ";"),
    Mutant("flag-not-sticky", "a NaN value is forgotten by the next key",
           E + "flashd_output_phase.sv", "(!first_at_score && v_bad_q[l])", "1'b0"),
    Mutant("v-not-clamped", "a value beyond the job's grid is kept", E + "flashd_value_buffer.sv",
           "assign beyond[e] = finite[e] && (field > v_exponent_i);", "assign beyond[e] = 1'b0;"),
    Mutant("lost-credit", "a bank of values is freed and nobody is told",
           E + "flashd_output_phase.sv", "b < VBanks; b++) v_freed_o +=",
           "b < VBanks - 1; b++) v_freed_o +="),
    Mutant("credit-too-early", "a bank of keys is freed while its last tile is scored",
           E + "flashd_bank_tracker.sv", "assign release_o[b] = closed_q[b] && !used[b];",
           "assign release_o[b] = closed_q[b];"),
    Mutant("no-room", "a context leaves though its outputs have no room",
           E + "flashd_output_control.sv", "assign may_begin = !begins || !out_i || out_room_i;",
           "assign may_begin = 1'b1;"),
    Mutant("skip-margin", "values are given up 17 octaves too early", E + "flashd_skip_check.sv",
           "localparam int Margin = 2 - flashd_spec_pkg::WMinLog2;",
           "localparam int Margin = -15 - flashd_spec_pkg::WMinLog2;"),
    Mutant("skip-stale", "a row is judged by the row before it", E + "flashd_skip_check.sv",
           "(bad_d[l] || first_q || !known_q[l]", "(bad_d[l] || !known_q[l]"),
    Mutant("cap-latency", "a capped score meets the bias of another key",
           E + "flashd_score_lane.sv", "4 + ((SoftCap != 0) ? flashd_spec_pkg::LatencySoftCap : 0);",
           "4 + ((SoftCap != 0) ? flashd_spec_pkg::LatencySoftCap - 1 : 0);"),
    Mutant("zero-weight-held", "a row's first key with p = 0 keeps the sums of the tile before",
           E + "flashd_output_element.sv", "else if (clear_i) sum_q <= '0;", ""),
    Mutant("golden-truncates", "golden cuts outputs instead of rounding them",
           "model/arith/output.hpp", "if (rest > half ||", "if (rest == 1 && rest > half ||"),
    Mutant("golden-sum-floor", "golden aligns the smaller row sum without rounding",
           "model/arith/row_sum.hpp", ">> distance) + 1) >> 1", ">> distance) + 0) >> 1"),
    Mutant("golden-mask-edge", "golden lets a row see the key after its last",
           "model/golden/row_tile.cpp", "key >= in.row.range.end", "key > in.row.range.end"),
]
