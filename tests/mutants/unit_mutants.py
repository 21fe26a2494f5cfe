# SPDX-License-Identifier: Apache-2.0
"""Deliberate bugs of leaf modules, also of sizes that the engine `tiny` does not have: the first
occurrence of a text in a file replaced. The named unit of flashd_rtl_units must catch it."""
from typing import NamedTuple


class UnitMutant(NamedTuple):
    name: str
    what: str
    unit: str
    file: str
    old: str
    new: str


GROUP = "rtl/engine/flashd_output_group.sv"
SUM = "rtl/engine/flashd_output_sum.sv"
LANE = "rtl/engine/flashd_output_lane.sv"
STORE = "rtl/engine/flashd_weight_store.sv"
CAP = "rtl/engine/flashd_soft_cap.sv"
DECODE = "rtl/engine/flashd_decode.sv"
FIFO = "rtl/common/flashd_fifo.sv"
UNIT_MUTANTS = [
    UnitMutant("value-far-away", "a value 2^24 below its channel's largest comes back",
               "output_lane", GROUP, "distance[5:3] == 3'(b)", "distance[4:3] == 2'(b)"),
    UnitMutant("group-guard", "without a step the compressed sums move", "output_activity", GROUP,
               "if (en_i) begin", "if (1'b1) begin"),
    UnitMutant("negative-zero", "the sign of a value counts though p = 0", "output_activity",
               GROUP, "v_neg_i[k] && p_sig_i[k][PBits-1]", "v_neg_i[k]"),
    UnitMutant("base-left-out", "missing steps do not count as zeros", "output_lane", SUM,
               "TBits'(missing_i) << (GroupBits - 1)", "'0"),
    UnitMutant("no-restart", "a block goes on from the sum of the one before", "output_lane", SUM,
               "(sum_q & {TBits{!restart_i}})", "sum_q"),
    UnitMutant("upper-lost", "a sum forgets a group's highest bits", "output_lane", SUM,
               "TBits'(value_i[n])", "TBits'(value_i[n][GroupBits-5:0])"),
    UnitMutant("rows-carry", "the carries that a group leaves are lost", "output_lane", SUM,
               "{1'b0, left_i}", "'0"),
    UnitMutant("wrong-triple", "a weight's triple is its double", "weight_store", STORE,
               "{1'b0, p, 1'b0} + {2'b00, p}", "{1'b0, p, 1'b0}"),
    UnitMutant("sum-not-at-rest", "the running sum takes what only T needs", "output_activity",
               SUM, "if (add_i && !done_i) sum_q", "if (add_i) sum_q"),
    UnitMutant("t-not-held", "T shows sums that are not finished", "output_lane", SUM,
               "if (add_i && done_i) t_o", "if (add_i) t_o"),
    UnitMutant("frozen-step-counts", "a step is added again in every frozen cycle", "output_lane",
               LANE, ".add_i(en_i && valid_q)", ".add_i(valid_q)"),
    UnitMutant("early-start", "a block starts with the step before its first", "output_lane", LANE,
               ".restart_i(step_q.first)", ".restart_i(first_i)"),
    UnitMutant("one-half", "the weights of both tiles are read from one half", "weight_store",
               STORE, "assign raddr = {rhalf_i, step_i};", "assign raddr = {1'b0, step_i};"),
    UnitMutant("neighbour-key", "weights of neighbouring keys change places", "weight_store",
               STORE, "== LowBits'(k))", "== LowBits'(k ^ 1))"),
    UnitMutant("unasked-read", "the weights of a step give way without being asked",
               "weight_store", STORE, "        .re_i,", "        .re_i(1'b1),"),
    UnitMutant("late-word", "late weights are those that are written", "weight_store", STORE,
               "data <= rdata;", "data <= wdata;"),
    UnitMutant("parabola-peak", "the middle of a segment bends too little", "soft_cap", CAP,
               "ParabolaBits'(i * (255 - i))", "ParabolaBits'((i == 128) ? 0 : i * (255 - i))"),
    UnitMutant("infinity-kept", "an infinity keeps its exponent", "decode", DECODE,
               "{field[7:1] & {7{finite_o}}, field[0]", "{field[7:1], field[0]"),
    UnitMutant("head-passed-by", "a word that comes while the last one goes is not the next head",
               "fifo", FIFO, "count_q == CountBits'(pop)", "count_q == '0"),
    UnitMutant("head-stays", "the head is the word that has just gone", "fifo", FIFO,
               "head_q <= mem_q[next(rptr_q)];", "head_q <= mem_q[rptr_q];"),
]
