// SPDX-License-Identifier: Apache-2.0
/// Serial line, 8N1, with queues in both directions.
///
/// A bit is divisor_i cycles. Receive: the start bit is looked at half a bit after its edge (a
/// shorter one is noise), every other bit one divisor later, so in its middle. A byte without its
/// stop bit is dropped, and the line must rest before the next start bit counts.
/// Latency: a sent byte starts four cycles after its write when nothing is before it; a received
/// one is at rx_data_o five cycles after the middle of its stop bit.
/// Back-pressure: a byte that finds the receive queue full is lost (overrun_o); one written while
/// tx_room_o is 0 is lost.
/// Does not: parity, flow control, breaks (each counts as one framing error).
module flashd_uart #(
  parameter int RxDepth = 1024,
  parameter int TxDepth = 64,
  // Derived: not to be set.
  parameter int RxCountBits = $clog2(RxDepth + 1),  // 0 to RxDepth bytes
  parameter int TxCountBits = $clog2(TxDepth + 1)   // 0 to TxDepth bytes
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   rx_i,
  output logic                   tx_o,
  input  logic [15:0]            divisor_i,   // less than 4 counts as 4
  // Received bytes.
  output logic                   rx_valid_o,
  input  logic                   rx_pop_i,
  output logic [7:0]             rx_data_o,
  output logic [RxCountBits-1:0] rx_count_o,
  // Bytes to send.
  input  logic                   tx_push_i,
  input  logic [7:0]             tx_data_i,
  output logic [TxCountBits-1:0] tx_room_o,
  output logic                   tx_busy_o,   // a byte is on the line or waits
  // One cycle each.
  output logic                   overrun_o,
  output logic                   framing_o
);

  typedef enum logic [1:0] {Rest, Start, Bits, Stop} state_e;

  logic [15:0] divisor;
  assign divisor = (divisor_i < 16'd4) ? 16'd4 : divisor_i;

  // Receive: two registers bring the pin into this clock.
  logic [1:0] sync_q;
  logic rx, rx_sample, rx_done, rx_full;
  state_e rx_state_q;
  logic [15:0] rx_wait_q;
  logic [2:0] rx_bit_q;
  logic [7:0] rx_shift_q;
  logic rx_idle_q;  // the line has rested since the last byte

  assign rx = sync_q[1];
  assign rx_sample = rx_wait_q == '0;
  assign rx_done = (rx_state_q == Stop) && rx_sample;
  assign rx_full = rx_count_o == RxCountBits'(RxDepth);
  assign framing_o = rx_done && !rx;
  assign overrun_o = rx_done && rx && rx_full;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sync_q     <= '1;
      rx_state_q <= Rest;
      rx_wait_q  <= '0;
      rx_bit_q   <= '0;
      rx_shift_q <= '0;
      rx_idle_q  <= 1'b0;
    end else begin
      sync_q <= {sync_q[0], rx_i};
      if (!rx_sample) rx_wait_q <= rx_wait_q - 16'd1;
      unique case (rx_state_q)
        Rest: begin
          rx_idle_q <= rx_idle_q || rx;
          if (rx_idle_q && !rx) begin
            rx_state_q <= Start;
            rx_wait_q  <= (divisor >> 1) - 16'd1;
          end
        end
        Start:
        if (rx_sample) begin
          rx_state_q <= rx ? Rest : Bits;
          rx_wait_q  <= divisor - 16'd1;
          rx_bit_q   <= '0;
        end
        Bits:
        if (rx_sample) begin
          rx_shift_q <= {rx, rx_shift_q[7:1]};
          rx_bit_q   <= rx_bit_q + 3'd1;
          rx_wait_q  <= divisor - 16'd1;
          if (rx_bit_q == 3'd7) rx_state_q <= Stop;
        end
        default:
        if (rx_sample) begin
          rx_state_q <= Rest;
          rx_idle_q  <= rx;
        end
      endcase
    end
  end

  flashd_ram_fifo #(
    .Bits (8),
    .Depth(RxDepth)
  ) u_rx_fifo (
    .clk_i,
    .rst_ni,
    .push_i (rx_done && rx),
    .data_i (rx_shift_q),
    .valid_o(rx_valid_o),
    .pop_i  (rx_pop_i),
    .data_o (rx_data_o),
    .count_o(rx_count_o)
  );

  // Send: ten bits from the right, the line rests at 1.
  logic tx_valid, tx_take;
  logic [7:0] tx_data;
  logic [TxCountBits-1:0] tx_count;
  logic [9:0] tx_shift_q;
  logic [3:0] tx_left_q;
  logic [15:0] tx_wait_q;
  logic tx_q;

  assign tx_take = tx_valid && (tx_left_q == '0);
  assign tx_room_o = TxCountBits'(TxDepth) - tx_count;
  assign tx_busy_o = (tx_left_q != '0) || (tx_count != '0);
  assign tx_o = tx_q;

  flashd_ram_fifo #(
    .Bits (8),
    .Depth(TxDepth)
  ) u_tx_fifo (
    .clk_i,
    .rst_ni,
    .push_i (tx_push_i),
    .data_i (tx_data_i),
    .valid_o(tx_valid),
    .pop_i  (tx_take),
    .data_o (tx_data),
    .count_o(tx_count)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      tx_shift_q <= '1;
      tx_left_q  <= '0;
      tx_wait_q  <= '0;
      tx_q       <= 1'b1;
    end else begin
      tx_q <= (tx_left_q == '0) || tx_shift_q[0];
      if (tx_take) begin
        tx_shift_q <= {1'b1, tx_data, 1'b0};
        tx_left_q  <= 4'd10;
        tx_wait_q  <= divisor - 16'd1;
      end else if (tx_left_q != '0) begin
        if (tx_wait_q == '0) begin
          tx_shift_q <= {1'b1, tx_shift_q[9:1]};
          tx_left_q  <= tx_left_q - 4'd1;
          tx_wait_q  <= divisor - 16'd1;
        end else begin
          tx_wait_q <= tx_wait_q - 16'd1;
        end
      end
    end
  end

endmodule
