// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "catch2/catch2_v2.hpp"
