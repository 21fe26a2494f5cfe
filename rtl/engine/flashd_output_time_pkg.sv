// SPDX-License-Identifier: Apache-2.0
/// When things happen in the output phase, in enabled cycles (rtl/README.md, Time).
package flashd_output_time_pkg;

  // After the issue of a key.
  localparam int AtWeight = 1 + flashd_spec_pkg::LatencyWeight;  // p
  localparam int AtSum = AtWeight + 1;                           // l of the last key
  localparam int AtRow = AtSum + 1;                              // row unit starts

  // g and w of a context are due.
  function automatic int at_merge(input int lanes);
    return AtRow + flashd_spec_pkg::LatencyNonlinear + lanes;
  endfunction

  // After the issue of a step: its weights are read. Steps begin one cycle after a context's last
  // key; `groups` of them make a block of a full tile.
  function automatic int step_delay(input int lanes, input int groups);
    int in_time;
    in_time = at_merge(lanes) - flashd_spec_pkg::LatencyOutput - 1 - groups;
    return (in_time > AtWeight) ? in_time : AtWeight;
  endfunction

  // Its block's tile sums are complete in the cycle after.
  function automatic int at_start(input int lanes, input int groups);
    return step_delay(lanes, groups) + flashd_spec_pkg::LatencyOutput;
  endfunction

  // Cycles from a context's first step until a last one is in time for g and w.
  function automatic int due(input int lanes, input int groups);
    return at_merge(lanes) - at_start(lanes, groups) - 2;
  endfunction

  // The row unit takes two passes through the nonlinear unit per lane (g and w; LSE). It gets
  // another context when g and w are taken, at_merge cycles or more after the last one, and not
  // before row_time: so many cycles more.
  function automatic int row_wait(input int lanes);
    int both_time, row_time;
    both_time = flashd_spec_pkg::LatencyNonlinear + 1 + 2 * lanes;
    row_time = (both_time > flashd_spec_pkg::LatencyMinPass) ? both_time :
        flashd_spec_pkg::LatencyMinPass;
    return (row_time > at_merge(lanes)) ? row_time - at_merge(lanes) : 0;
  endfunction

endpackage
