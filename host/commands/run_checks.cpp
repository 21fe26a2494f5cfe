// SPDX-License-Identifier: Apache-2.0
#include "host/commands/run_checks.hpp"

#include <cmath>
#include <fstream>

#include "host/io/row_state.hpp"
#include "model/reference/decode.hpp"

namespace flashd::host {

namespace fs = std::filesystem;

bool is_board(const std::string& backend) { return backend.rfind("uart:", 0) == 0; }

bool has_device(const std::string& backend) {
  return backend == "model" || backend == "rtl" || is_board(backend);
}

void check_device_options(const std::string& backend, const EngineOptions& engine,
                          const CaseArguments& options) {
  const bool simulated = backend == "model" || backend == "rtl";
  if (options.memory && !simulated)
    throw bad_input("--memory", "needs the whole device; add --backend model or rtl");
  if (options.skip_v_fetch && !has_device(backend))
    throw bad_input("--skip-v-fetch",
                    "needs the whole device; add --backend model, rtl or uart:DEVICE");
  if (engine.stall_probability() > 0 && !simulated && backend != "engine")
    throw bad_input("--stall", "needs streams that pause; add --backend engine, model or rtl");
}

std::uint64_t clamped_values(const Case& c, const AttentionCall& call) {
  const std::int64_t rows = c.heads_q * c.queries;
  if (rows == 0 || (call.states_in.empty() && !call.v_exponent)) return 0;
  const std::size_t record = row_state_bytes(c.dv);
  std::uint64_t count = 0;
  for (std::int64_t entry = 0; entry < c.batch; ++entry) {
    const Job job = c.job(entry);
    const auto first = static_cast<std::size_t>(entry * rows) * record;
    const int exponent =
        call.states_in.empty()
            ? *call.v_exponent
            : load_rows(call.states_in.subspan(first, record), 1, c.dv, "state").v_exponent;
    const float limit = std::ldexp(1.0f, exponent + 1);
    const std::int64_t length = job.visibility.key_length.value_or(job.keys);
    for (std::int64_t head = 0; head < job.heads_kv; ++head) {
      for (std::int64_t key = 0; key < length; ++key) {
        const auto at = static_cast<std::size_t>(key_row(job, head, key) * job.dv);
        for (const std::uint16_t bits : job.v.subspan(at, static_cast<std::size_t>(job.dv))) {
          const float v = std::fabs(reference::element_value(bits, job.input));
          if (std::isfinite(v) && v >= limit) ++count;
        }
      }
    }
  }
  return count;
}

void expect_whole(const fs::path& file, const std::string& end, const char* option) {
  std::error_code error;
  if (file.empty() || (fs::exists(file, error) && !fs::is_regular_file(file, error))) return;
  const auto size = fs::file_size(file, error);
  std::string last(end.size(), ' ');
  bool whole = !error && size > end.size();
  if (whole) {
    std::ifstream in(file, std::ios::binary);
    in.seekg(-static_cast<std::streamoff>(end.size()), std::ios::end);
    whole = in.read(last.data(), static_cast<std::streamsize>(last.size())) && last == end;
  }
  if (!whole) throw bad_input(option, file.string() + " could not be written to its end");
}

}  // namespace flashd::host
