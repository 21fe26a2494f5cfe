// SPDX-License-Identifier: Apache-2.0
#include "tests/cosim/case.hpp"

#include <cmath>
#include <sstream>
#include <stdexcept>

namespace flashd::cosim {

namespace {

[[noreturn]] void refuse(const std::string& word) {
  throw std::invalid_argument("a case has the word '" + word + "', which means nothing");
}

/// [factor] [T|W|D|R|L] [+-offset]
std::int64_t number(const std::string& text, const sim::BuildInfo& b, const std::string& word) {
  const std::size_t at = text.find_first_of("TWDRL");
  try {
    if (at == std::string::npos) {
      std::size_t used = 0;
      const std::int64_t value = std::stoll(text, &used);
      if (used != text.size()) refuse(word);
      return value;
    }
    const std::int64_t factor = at == 0 ? 1 : std::stoll(text.substr(0, at));
    const std::int64_t offset = at + 1 == text.size() ? 0 : std::stoll(text.substr(at + 1));
    switch (text[at]) {
      case 'T':
        return factor * b.tile + offset;
      case 'W':
        return factor * b.width + offset;
      case 'D':
        return factor * b.max_head_dim + offset;
      case 'L':
        return factor * b.lanes + offset;
      default:
        return factor * b.lanes * b.contexts + offset;
    }
  } catch (const std::logic_error&) {
    refuse(word);
  }
}

template <class E>
E choose(const std::string& text, std::initializer_list<std::pair<const char*, E>> names,
         const std::string& word) {
  for (const auto& [name, value] : names) {
    if (text == name) return value;
  }
  refuse(word);
}

void apply(const std::string& word, const sim::BuildInfo& b, Case* c) {
  const std::size_t at = word.find('=');
  const std::string key = word.substr(0, at);
  const std::string text = at == std::string::npos ? "" : word.substr(at + 1);
  const auto value = [&] { return number(text, b, word); };
  if (key == "hq") {
    c->heads_q = value();
  } else if (key == "hkv") {
    c->heads_kv = value();
  } else if (key == "q") {
    c->queries = value();
  } else if (key == "k") {
    c->keys = value();
  } else if (key == "d") {
    c->d = static_cast<int>(value());
  } else if (key == "dv") {
    c->dv = static_cast<int>(value());
  } else if (key == "fp16") {
    c->input = InputFormat::fp16;
  } else if (key == "out") {
    c->output = choose<OutputFormat>(
        text,
        {{"fp32", OutputFormat::fp32}, {"bf16", OutputFormat::bf16}, {"fp16", OutputFormat::fp16}},
        word);
  } else if (key == "causal") {
    c->visibility.causal = true;
  } else if (key == "diag") {
    c->visibility.diagonal = value();
  } else if (key == "left") {
    c->visibility.window_left = value();
    if (!c->visibility.window_right) c->visibility.window_right = 0;
  } else if (key == "right") {
    c->visibility.window_right = value();
    if (!c->visibility.window_left) c->visibility.window_left = 0;
  } else if (key == "len") {
    c->visibility.key_length = value();
  } else if (key == "scale") {
    c->scale = std::stod(text);
  } else if (key == "data") {
    c->data = choose<Data>(text,
                           {{"normal", Data::normal},
                            {"equal", Data::equal},
                            {"large", Data::large},
                            {"tiny", Data::tiny},
                            {"any", Data::any},
                            {"special", Data::special},
                            {"growing", Data::growing},
                            {"sink", Data::sink},
                            {"fading", Data::fading}},
                           word);
  } else if (key == "bias") {
    c->bias = choose<Bias>(
        text, {{"normal", Bias::normal}, {"masks", Bias::masks}, {"extreme", Bias::extreme}}, word);
  } else if (key == "state") {
    c->state_in = text == "in" || text == "both";
    c->state_out = text == "out" || text == "both";
    if (!c->state_in && !c->state_out) refuse(word);
  } else if (key == "cap") {
    c->soft_cap = std::stod(text);
  } else if (key == "alibi") {
    c->alibi = true;
  } else if (key == "skip") {
    c->skip_v = true;
  } else if (key == "ve") {
    c->v_exponent = static_cast<int>(value());
  } else {
    refuse(word);
  }
}

}  // namespace

Case parse_case(const std::string& text, const sim::BuildInfo& build) {
  Case c;
  std::stringstream words(text);
  for (std::string word; std::getline(words, word, ',');) apply(word, build, &c);
  return c;
}

}  // namespace flashd::cosim
