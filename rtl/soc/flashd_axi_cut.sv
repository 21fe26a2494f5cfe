// SPDX-License-Identifier: Apache-2.0
/// Registers in all five channels of an AXI4 bus, so that no path of logic goes through it: the
/// block memories of flashd_job_memory lie all over the device, far from flashd_top.
///
/// Latency: one cycle per channel, W two, so that flashd_job_memory has a burst's address when its
/// first beat comes; a beat per cycle. Back-pressure: each channel holds two beats, W four.
/// rst_ni empties it; both ends must be reset with it.
/// Does not: look at bursts, or order one channel behind another.
module flashd_axi_cut #(
  parameter int AddressBits = 78,  // of AR and AW, all fields
  parameter int DataBits = 73,     // of W
  parameter int ReadBits = 68,     // of R
  parameter int ResponseBits = 3   // of B
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  // From the master.
  input  logic                    awvalid_i,
  output logic                    awready_o,
  input  logic [AddressBits-1:0]  aw_i,
  input  logic                    wvalid_i,
  output logic                    wready_o,
  input  logic [DataBits-1:0]     w_i,
  output logic                    bvalid_o,
  input  logic                    bready_i,
  output logic [ResponseBits-1:0] b_o,
  input  logic                    arvalid_i,
  output logic                    arready_o,
  input  logic [AddressBits-1:0]  ar_i,
  output logic                    rvalid_o,
  input  logic                    rready_i,
  output logic [ReadBits-1:0]     r_o,
  // To the slave.
  output logic                    awvalid_o,
  input  logic                    awready_i,
  output logic [AddressBits-1:0]  aw_o,
  output logic                    wvalid_o,
  input  logic                    wready_i,
  output logic [DataBits-1:0]     w_o,
  input  logic                    bvalid_i,
  output logic                    bready_o,
  input  logic [ResponseBits-1:0] b_i,
  output logic                    arvalid_o,
  input  logic                    arready_i,
  output logic [AddressBits-1:0]  ar_o,
  input  logic                    rvalid_i,
  output logic                    rready_o,
  input  logic [ReadBits-1:0]     r_i
);

  localparam int Depth = 2;  // a beat per cycle though ready is a register

  flashd_fifo #(.Bits(AddressBits), .Depth(Depth)) u_aw (
    .clk_i, .rst_ni, .valid_i(awvalid_i), .ready_o(awready_o), .data_i(aw_i),
    .valid_o(awvalid_o), .ready_i(awready_i), .data_o(aw_o));
  logic between_valid, between_ready;
  logic [DataBits-1:0] between;
  flashd_fifo #(.Bits(DataBits), .Depth(Depth)) u_w_first (
    .clk_i, .rst_ni, .valid_i(wvalid_i), .ready_o(wready_o), .data_i(w_i),
    .valid_o(between_valid), .ready_i(between_ready), .data_o(between));
  flashd_fifo #(.Bits(DataBits), .Depth(Depth)) u_w (
    .clk_i, .rst_ni, .valid_i(between_valid), .ready_o(between_ready), .data_i(between),
    .valid_o(wvalid_o), .ready_i(wready_i), .data_o(w_o));
  flashd_fifo #(.Bits(ResponseBits), .Depth(Depth)) u_b (
    .clk_i, .rst_ni, .valid_i(bvalid_i), .ready_o(bready_o), .data_i(b_i),
    .valid_o(bvalid_o), .ready_i(bready_i), .data_o(b_o));
  flashd_fifo #(.Bits(AddressBits), .Depth(Depth)) u_ar (
    .clk_i, .rst_ni, .valid_i(arvalid_i), .ready_o(arready_o), .data_i(ar_i),
    .valid_o(arvalid_o), .ready_i(arready_i), .data_o(ar_o));
  flashd_fifo #(.Bits(ReadBits), .Depth(Depth)) u_r (
    .clk_i, .rst_ni, .valid_i(rvalid_i), .ready_o(rready_o), .data_i(r_i),
    .valid_o(rvalid_o), .ready_i(rready_i), .data_o(r_o));

endmodule
