// SPDX-License-Identifier: Apache-2.0
// flashd_netlist_vectors: a netlist driven with recorded inputs, its outputs compared.
#include <cstdio>
#include <fstream>
#include <sstream>

#include <CLI/CLI.hpp>

#include "host/io/error.hpp"
#include "sim/netlist/simulator.hpp"

namespace {

using namespace flashd;
using host::Error;
using host::Exit;

/// A column of the file.
struct Column {
  std::string name;
  bool output = false;
  std::vector<netlist::Net> nets;
};

struct Tally {
  std::uint64_t cycles = 0, bits = 0, unknown = 0, mismatches = 0;
  std::string first;
};

/// `in:NAME:BITS` or `out:NAME:BITS`, for every port.
std::vector<Column> columns(const netlist::Netlist& netlist, const std::string& line,
                            const std::string& path) {
  std::vector<Column> found;
  std::istringstream words(line);
  std::string word;
  while (words >> word) {
    const std::size_t a = word.find(':'), b = word.rfind(':');
    const std::string kind = word.substr(0, a);
    const std::string count = b > a && b != std::string::npos ? word.substr(b + 1) : "";
    if ((kind != "in" && kind != "out") || count.empty() || count.size() > 6 ||
        count.find_first_not_of("0123456789") != std::string::npos)
      throw host::bad_input(path,
                            "has the column '" + word + "'; expected in:NAME:BITS or out:...");
    Column column{word.substr(a + 1, b - a - 1), kind == "out", {}};
    const std::size_t bits = std::stoul(count);
    column.nets =
        column.output ? netlist.output(column.name, bits) : netlist.input(column.name, bits);
    found.push_back(std::move(column));
  }
  return found;
}

/// Sets or compares the bits of a column, the highest first in the text.
void apply(const Column& column, const std::string& text, netlist::Simulator* simulator,
           Tally* tally) {
  if (text.size() != column.nets.size())
    throw host::bad_input("cycle " + std::to_string(tally->cycles),
                          column.name + " has " + std::to_string(text.size()) + " bits");
  for (std::size_t i = 0; i < text.size(); ++i) {
    const netlist::Net net = column.nets[text.size() - 1 - i];
    if (!column.output) {
      simulator->set(net, text[i] == '1');
    } else if (text[i] != '0' && text[i] != '1') {
      ++tally->unknown;
    } else {
      ++tally->bits;
      if (simulator->get(net) == (text[i] == '1')) continue;
      if (tally->mismatches++ == 0)
        tally->first = "cycle " + std::to_string(tally->cycles) + ", " + column.name + " bit " +
                       std::to_string(text.size() - 1 - i) + ": expected " + text[i];
    }
  }
}

Tally run(const std::string& text, const std::string& path, std::uint64_t seed) {
  const netlist::Netlist netlist = netlist::read_netlist(text);
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) throw host::bad_input(path, "cannot be read, or is empty");
  const std::vector<Column> ports = columns(netlist, line, path);
  netlist::Simulator simulator(netlist, seed);
  Tally tally;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::vector<std::string> values(ports.size());
    for (std::string& value : values) words >> value;
    for (const bool output : {false, true}) {
      for (std::size_t i = 0; i < ports.size(); ++i)
        if (ports[i].output == output) apply(ports[i], values[i], &simulator, &tally);
      if (!output) simulator.settle();
    }
    simulator.clock();
    ++tally.cycles;
  }
  return tally;
}

}  // namespace

int main(int argc, char** argv) {
  std::string text, vectors;
  std::uint64_t seed = 1;
  CLI::App app{"A netlist driven with recorded inputs, its outputs compared",
               "flashd_netlist_vectors"};
  app.add_option("netlist", text, "text of fpga/netlist/lower.py")->required();
  app.add_option(
         "vectors", vectors,
         "a line in:NAME:BITS out:NAME:BITS ..., then a line of bits per cycle: outputs are "
         "compared before the clock's edge, x is not compared")
      ->required();
  app.add_option("--seed", seed, "of what starts unknown")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    const Tally tally = run(text, vectors, seed);
    std::printf("%llu cycles, %llu bits compared, %llu unknown, %llu mismatches\n",
                static_cast<unsigned long long>(tally.cycles),
                static_cast<unsigned long long>(tally.bits),
                static_cast<unsigned long long>(tally.unknown),
                static_cast<unsigned long long>(tally.mismatches));
    if (tally.mismatches == 0) return static_cast<int>(Exit::good);
    std::printf("first: %s\n", tally.first.c_str());
    return static_cast<int>(Exit::mismatch);
  } catch (const Error& error) {
    std::fprintf(stderr, "flashd_netlist_vectors: %s\n", error.what());
    return static_cast<int>(error.exit());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "flashd_netlist_vectors: %s\n", error.what());
    return static_cast<int>(Exit::internal);
  }
}
