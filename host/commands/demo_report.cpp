// SPDX-License-Identifier: Apache-2.0
#include "host/commands/demo_report.hpp"

#include <array>
#include <cmath>
#include <cstdio>

#include "host/commands/stats.hpp"
#include "host/io/convert.hpp"
#include "model/rivals/rivals.hpp"

namespace flashd::host {
namespace {

std::uint64_t probes(const LockstepTotals& t) {
  return t.compared.scores + t.compared.weights + t.compared.tile_sums + t.compared.row_states +
         t.compared.outputs + t.results;
}

std::vector<float> row_errors(gsl::span<const float> have, const WideOutput& wide, int dv) {
  std::vector<float> rows(wide.lse.size());
  const auto width = static_cast<std::size_t>(dv);
  for (std::size_t row = 0; row < rows.size(); ++row)
    rows[row] =
        static_cast<float>(distance(have.subspan(row * width, width),
                                    gsl::span<const double>(wide.o).subspan(row * width, width))
                               .relative_l2);
  return rows;
}

PathError path_error(const std::string& name, gsl::span<const float> o, const WideOutput& wide,
                     int dv) {
  std::vector<float> rounded(o.begin(), o.end());
  for (float& value : rounded) value = decode(encode(value, InputFormat::bf16), InputFormat::bf16);
  return {name, distance(o, wide.o).relative_l2, distance(rounded, wide.o).relative_l2,
          row_errors(o, wide, dv)};
}

template <typename Run>
std::vector<float> run_rival(const Case& c, Run&& run) {
  std::vector<float> o;
  for (std::int64_t entry = 0; entry < c.batch; ++entry) {
    const rivals::Output one = run(c.job(entry));
    o.insert(o.end(), one.o.begin(), one.o.end());
  }
  return o;
}

}  // namespace

std::vector<PathError> compare_paths(const Case& c, gsl::span<const float> o) {
  const WideOutput wide = wide_reference(c);
  const std::vector<float> gpu =
      run_rival(c, [](const Job& job) { return rivals::flash2_gpu(job); });
  const std::vector<float> published = run_rival(c, [](const Job& job) {
    return rivals::flashd_published(job, rivals::FlashdFunctions::piecewise_linear);
  });
  return {path_error("flashd", o, wide, c.dv),
          path_error("FlashAttention-2 on a GPU", gpu, wide, c.dv),
          path_error("published FLASH-D", published, wide, c.dv)};
}

std::string table(const std::vector<TraceReport>& reports) {
  std::string out =
      "                     compared  mis-            utili-    relative L2 error, FP32 output\n"
      "trace                  values  matches  cycles sation    flashd  GPU FA-2  published "
      "FLASH-D\n";
  for (const TraceReport& r : reports) {
    std::array<char, 160> line{};
    std::snprintf(line.data(), line.size(),
                  "%-18s %10llu %8llu %7llu %5.1f %%  %8.1e  %8.1e  %8.1e\n", r.name.c_str(),
                  static_cast<unsigned long long>(probes(r.lockstep)),
                  static_cast<unsigned long long>(r.lockstep.mismatches),
                  static_cast<unsigned long long>(r.lockstep.cycles), 100 * r.utilisation,
                  r.errors[0].fp32_output, r.errors[1].fp32_output, r.errors[2].fp32_output);
    out += line.data();
  }
  return out;
}

nlohmann::ordered_json to_json(const TraceReport& report) {
  nlohmann::ordered_json out = to_json(report.lockstep);
  out["utilisation"] = report.utilisation;
  for (const PathError& e : report.errors)
    out["relative_l2"].push_back(
        {{"path", e.name}, {"fp32_output", e.fp32_output}, {"bf16_output", e.bf16_output}});
  return out;
}

}  // namespace flashd::host
