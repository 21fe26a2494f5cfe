// SPDX-License-Identifier: Apache-2.0
#include "host/energy/count.hpp"

#include <muParser.h>

#include "host/io/error.hpp"

namespace flashd::energy {

namespace {

constexpr const char* kSignBits = "sign_bits";
constexpr const char* kSignificandToggles = "significand_toggles";

}  // namespace

Quantities quantities(const Work& work, const spec::Config& config) {
  const auto up = [&](int n) {
    return static_cast<double>((n + config.width - 1) / config.width * config.width);
  };
  Quantities all;
  all.reserve(work.counters.size() + 9);
  for (std::size_t i = 0; i < work.counters.size(); ++i)
    all.emplace_back(device::kCounterNames[i], static_cast<double>(work.counters[i]));
  all.emplace_back("d", up(work.d));
  all.emplace_back("dv", up(work.dv));
  const Toggles toggles = work.toggles.value_or(
      random_toggles(device::value(work.counters, device::Counter::keys_scored), work.d));
  all.emplace_back(kSignBits, toggles.sign_bits);
  all.emplace_back(kSignificandToggles, toggles.significand);
  all.emplace_back("LANES", config.lanes);
  all.emplace_back("WIDTH", config.width);
  all.emplace_back("TILE", config.tile);
  all.emplace_back("CONTEXTS", config.contexts);
  all.emplace_back("MAX_HEAD_DIM", config.max_head_dim);
  return all;
}

double evaluate(const std::string& expression, const Quantities& quantities,
                const std::string& where) {
  try {
    mu::Parser parser;
    parser.ClearConst();
    for (const auto& [name, value] : quantities) parser.DefineConst(name, value);
    parser.SetExpr(expression);
    const double value = parser.Eval();
    if (parser.GetNumResults() != 1)
      throw host::bad_input(where, "is '" + expression + "'; expected one number");
    return value;
  } catch (const mu::Parser::exception_type& error) {
    if (error.GetCode() == mu::ecUNASSIGNABLE_TOKEN)
      throw host::bad_input(where, "has the unknown name '" + error.GetToken() +
                                       "'; expected counters of the device, d, dv, sign_bits, "
                                       "significand_toggles, LANES, WIDTH, TILE, CONTEXTS and "
                                       "MAX_HEAD_DIM");
    throw host::bad_input(where, "is '" + expression + "', which is no expression");
  }
}

bool has_toggles(const std::string& expression) {
  return expression.find(kSignBits) != std::string::npos ||
         expression.find(kSignificandToggles) != std::string::npos;
}

}  // namespace flashd::energy
