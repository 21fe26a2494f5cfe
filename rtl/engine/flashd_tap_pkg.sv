// SPDX-License-Identifier: Apache-2.0
/// What an array of the engine does in a cycle, for the counters (docs/system.md).
package flashd_tap_pkg;

  // The score array.
  localparam logic [2:0] ScoreBusy = 3'd0;
  localparam logic [2:0] ScoreWaitQuery = 3'd1;
  localparam logic [2:0] ScoreWaitKey = 3'd2;
  localparam logic [2:0] ScoreWaitState = 3'd3;
  localparam logic [2:0] ScoreWaitBias = 3'd4;
  localparam logic [2:0] ScoreWaitOutput = 3'd5;
  localparam logic [2:0] ScoreIdle = 3'd6;

  // The output array.
  localparam logic [2:0] OutputBusy = 3'd0;
  localparam logic [2:0] OutputWaitScore = 3'd1;
  localparam logic [2:0] OutputWaitValue = 3'd2;
  localparam logic [2:0] OutputWaitMerge = 3'd3;
  localparam logic [2:0] OutputWaitWrite = 3'd4;
  localparam logic [2:0] OutputIdle = 3'd5;

endpackage
