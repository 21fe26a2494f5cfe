// SPDX-License-Identifier: Apache-2.0
#pragma once

// Gives Catch2 2 the header names and the few names that tests written for Catch2 3 use.
#include <catch2/catch.hpp>

namespace Catch {
using Detail::Approx;
}  // namespace Catch
