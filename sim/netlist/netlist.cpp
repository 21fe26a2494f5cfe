// SPDX-License-Identifier: Apache-2.0
#include "sim/netlist/netlist.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "host/io/error.hpp"

namespace flashd::netlist {

namespace {

/// What is wrong with a line, without its place.
class Malformed : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Reader {
 public:
  void line(const std::string& text) {
    words_.str(text);
    words_.clear();
    const std::string kind = word();
    using Take = void (Reader::*)();
    static const std::map<std::string, Take> kinds{
        {"ecp5", &Reader::head},     {"clock", &Reader::clock},      {"input", &Reader::input},
        {"output", &Reader::output}, {"lut", &Reader::lut},          {"mux", &Reader::mux},
        {"carry", &Reader::carry},   {"ff", &Reader::register_},     {"small", &Reader::small},
        {"block", &Reader::block},   {"multiply", &Reader::multiply}};
    const auto found = kinds.find(kind);
    if (found == kinds.end()) throw Malformed("'" + kind + "' is no kind of cell");
    (this->*found->second)();
    std::string more;
    if (words_ >> more) throw Malformed("it goes on with '" + more + "'");
  }

  Netlist take() { return std::move(n_); }

 private:
  std::string word() {
    std::string text;
    if (!(words_ >> text)) throw Malformed("it ends early");
    return text;
  }
  std::string one_of(const char* letters) {
    const std::string text = word();
    if (text.size() != 1 || std::string(letters).find(text) == std::string::npos)
      throw Malformed("'" + text + "' stands where one of " + letters + " is expected");
    return text;
  }
  std::string bits(std::size_t count) {
    std::string text = word();
    if (text.size() != count || text.find_first_not_of("01x") != std::string::npos)
      throw Malformed(std::to_string(count) + " bits of 0, 1, x are expected");
    return text;
  }
  Net fresh() { return n_.nets++; }
  Net number(const std::string& text) {
    if (text == "x") {
      n_.random.push_back(fresh());
      return n_.random.back();
    }
    if (text.empty() || text.size() > 8 ||
        text.find_first_not_of("0123456789") != std::string::npos)
      throw Malformed("'" + text + "' is no net");
    const int given = std::stoi(text);
    if (given < 2) return given;
    const auto [place, is_new] = numbers_.try_emplace(given, n_.nets);
    if (is_new) ++n_.nets;
    return place->second;
  }
  Net net() { return number(word()); }
  Net out() {
    const std::string text = word();
    if (text == "-") return kNone;
    const Net found = number(text);
    if (found < 2) throw Malformed("an output drives a constant");
    return found;
  }
  Control control() {
    const std::string text = word();
    const bool inverted = text[0] == '!';
    return {number(inverted ? text.substr(1) : text), inverted};
  }
  template <std::size_t n>
  void nets(std::array<Net, n>& to) {
    for (Net& one : to) one = net();
  }
  template <std::size_t n>
  void outs(std::array<Net, n>& to) {
    for (Net& one : to) one = out();
  }
  std::uint16_t table() {
    const std::string text = bits(16);
    if (text.find('x') != std::string::npos) throw Malformed("a LUT has unknown bits");
    return static_cast<std::uint16_t>(std::stoul(text, nullptr, 2));
  }

  /// Takes the cell's name from the line.
  void add(const Gate& gate) {
    n_.gates.push_back(gate);
    n_.gate_names.push_back(word());
  }

  /// A gate that stands for one of a list: what it is of, and which.
  void add(GateKind kind, std::size_t index) {
    Gate gate;
    gate.kind = kind;
    gate.index = static_cast<std::int32_t>(index);
    add(gate);
  }

  void head() {
    if (word() != "1") throw Malformed("it is of another version; expected ecp5 1");
    n_.name = word();
  }
  void clock() {
    const std::string text = word();
    n_.clock = text == "-" ? kNone : number(text);
  }
  void pins(std::vector<Pins>& to) {
    Pins port{word(), {}};
    std::string text;
    while (words_ >> text) port.nets.push_back(number(text));
    to.push_back(std::move(port));
  }
  void input() { pins(n_.inputs); }
  void output() { pins(n_.outputs); }
  void lut() {
    Gate gate;
    gate.table = table();
    for (int i = 0; i < 4; ++i) gate.in[static_cast<std::size_t>(i)] = net();
    gate.out[0] = out();
    add(gate);
  }
  void mux() {
    Gate gate;
    gate.kind = GateKind::mux;
    for (int i = 0; i < 3; ++i) gate.in[static_cast<std::size_t>(i)] = net();
    gate.out[0] = out();
    add(gate);
  }
  void carry() {
    std::array<Gate, 2> half;
    for (Gate& gate : half) {
      gate.kind = GateKind::carry;
      gate.table = table();
      gate.inject = one_of("01") == "1";
      for (int i = 0; i < 4; ++i) gate.in[static_cast<std::size_t>(i)] = net();
      gate.out[0] = out();
    }
    half[0].in[4] = net();
    half[0].out[1] = half[1].in[4] = fresh();
    half[1].out[1] = out();
    const std::string name = word();
    for (const Gate& gate : half) {
      n_.gates.push_back(gate);
      n_.gate_names.push_back(name);
    }
  }
  void register_() {
    Register r;
    r.falling = one_of("rf") == "f";
    r.asynchronous = one_of("as") == "a";
    r.set = one_of("01") == "1";
    r.data = net();
    r.enable = control();
    r.reset = control();
    r.q = out();
    word();
    if (r.q != kNone) n_.registers.push_back(r);
  }
  void small() {
    SmallMemory m;
    m.contents = bits(64);
    m.write = control();
    nets(m.in);
    nets(m.write_address);
    nets(m.read_address);
    outs(m.out);
    add(GateKind::read, n_.small.size());
    n_.small.push_back(std::move(m));
  }
  void block() {
    static const std::map<std::string, WriteMode> modes{
        {"NORMAL", WriteMode::normal},
        {"WRITETHROUGH", WriteMode::write_through},
        {"READBEFOREWRITE", WriteMode::read_before_write}};
    BlockMemory m;
    for (auto& side : m.side) {
      const std::string width = word();
      if (width != "1" && width != "2" && width != "4" && width != "9" && width != "18" &&
          width != "36")
        throw Malformed("a memory has the width " + width);
      side.width = std::stoi(width);
    }
    for (auto& side : m.side) {
      const auto found = modes.find(word());
      if (found == modes.end()) throw Malformed("a memory has an unknown mode");
      side.mode = found->second;
    }
    m.contents = word();
    if ((m.contents.size() != 1 && m.contents.size() != 18 * 1024) ||
        m.contents.find_first_not_of("01x") != std::string::npos)
      throw Malformed("a memory's contents are not 18,432 bits of 0, 1, x");
    for (auto& side : m.side) {
      side.enable = net();
      side.write = net();
      nets(side.address);
      nets(side.in);
      outs(side.out);
    }
    word();
    n_.blocks.push_back(std::move(m));
  }
  void multiply() {
    Multiplier m;
    m.signed_a = net();
    m.signed_b = net();
    nets(m.a);
    nets(m.b);
    outs(m.out);
    add(GateKind::multiply, n_.multipliers.size());
    n_.multipliers.push_back(m);
  }

  Netlist n_;
  std::istringstream words_;
  std::map<int, Net> numbers_;
};

const std::vector<Net>& find(const std::vector<Pins>& ports, const Netlist& netlist,
                             const char* kind, const std::string& name, std::size_t bits) {
  const auto found =
      std::find_if(ports.begin(), ports.end(), [&](const Pins& port) { return port.name == name; });
  if (found == ports.end() || found->nets.size() != bits)
    throw host::bad_input("netlist " + netlist.name, "has no " + std::string(kind) + " '" + name +
                                                         "' of " + std::to_string(bits) +
                                                         (bits == 1 ? " bit" : " bits"));
  return found->nets;
}

}  // namespace

const std::vector<Net>& Netlist::input(const std::string& port, std::size_t bits) const {
  return find(inputs, *this, "input", port, bits);
}

const std::vector<Net>& Netlist::output(const std::string& port, std::size_t bits) const {
  return find(outputs, *this, "output", port, bits);
}

Netlist read_netlist(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw host::bad_input(path, "cannot be read");
  Reader reader;
  std::string text;
  for (std::uint64_t number = 1; std::getline(file, text); ++number) {
    try {
      reader.line(text);
    } catch (const Malformed& error) {
      throw host::bad_input(path + ", line " + std::to_string(number), error.what());
    }
  }
  Netlist netlist = reader.take();
  if (netlist.name.empty()) throw host::bad_input(path, "is no netlist; expected a line ecp5 1");
  return netlist;
}

}  // namespace flashd::netlist
