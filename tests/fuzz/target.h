// What a fuzz target consists of. With libFuzzer the function is driven by that; otherwise by replay.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/fuzz/seeds.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

// The inputs that a run begins with.
std::vector<std::string> FuzzSeeds();
