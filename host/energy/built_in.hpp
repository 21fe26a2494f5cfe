// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace flashd::energy {

/// Text of spec/energy/nangate45.yaml; CMake writes it into the build folder.
const char* built_in_text();

}  // namespace flashd::energy
