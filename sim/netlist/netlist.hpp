// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace flashd::netlist {

/// Number of a net: 0 and 1 are the constants, kNone is no net (an output that nobody reads).
using Net = std::int32_t;
constexpr Net kNone = -1;

/// A net and whether the cell sees its complement.
struct Control {
  Net net = 0;
  bool inverted = false;
};

enum class GateKind : std::uint8_t {
  lut,       ///< in[0..3], table
  mux,       ///< in[2] ? in[0] : in[1]
  carry,     ///< half of a CCU2C: LUT of in[0..3], carry in[4]; out: sum, carry
  read,      ///< read side of small memory `index`
  multiply,  ///< multiplier `index`
};

/// A combinational cell, or half of one.
struct Gate {
  GateKind kind = GateKind::lut;
  bool inject = false;      ///< carry: INJECT1
  std::uint16_t table = 0;  ///< bit i: output for the inputs i
  std::array<Net, 5> in{};
  std::array<Net, 2> out{kNone, kNone};
  std::int32_t index = 0;
};

/// TRELLIS_FF. Starts with what it is set to.
struct Register {
  bool falling = false, asynchronous = false, set = false;
  Net data = 0;
  Control enable, reset;
  Net q = kNone;
};

/// TRELLIS_DPR16X4: written with the clock, read at once.
struct SmallMemory {
  std::string contents;  ///< 0, 1, x; bit 4 i + j is bit j of word i
  Control write;
  std::array<Net, 4> in{}, write_address{}, read_address{}, out{};
};

enum class WriteMode : std::uint8_t { normal, write_through, read_before_write };

/// DP16KD without output registers: 1,024 words of 18 bits.
struct BlockMemory {
  struct Side {
    int width = 18;
    WriteMode mode = WriteMode::normal;
    Net enable = 0, write = 0;
    std::array<Net, 14> address{};
    std::array<Net, 18> in{}, out{};
  };
  std::string contents;  ///< 0, 1, x; of one character if all bits are alike
  std::array<Side, 2> side;
};

/// MULT18X18D without registers.
struct Multiplier {
  Net signed_a = 0, signed_b = 0;
  std::array<Net, 18> a{}, b{};
  std::array<Net, 36> out{};
};

/// A port of the netlist, from bit 0.
struct Pins {
  std::string name;
  std::vector<Net> nets;
};

/// A netlist of ECP5 cells with one clock, as fpga/netlist/lower.py writes it.
struct Netlist {
  std::string name;
  Net clock = kNone;
  std::int32_t nets = 2;
  std::vector<Net> random;  ///< constants of unknown value (x)
  std::vector<Pins> inputs, outputs;
  std::vector<Gate> gates;
  std::vector<std::string> gate_names;
  std::vector<Register> registers;
  std::vector<SmallMemory> small;
  std::vector<BlockMemory> blocks;
  std::vector<Multiplier> multipliers;

  /// Nets of an input or output. Throws host::Error(usage) if there is none of this name and size.
  const std::vector<Net>& input(const std::string& port, std::size_t bits) const;
  const std::vector<Net>& output(const std::string& port, std::size_t bits) const;
};

/// Reads the text. Throws host::Error(usage) with one sentence naming the line.
Netlist read_netlist(const std::string& path);

}  // namespace flashd::netlist
