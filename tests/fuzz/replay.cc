// main() of a fuzz target without libFuzzer: runs every seed, then rounds of seeds with a few bytes changed, cut or
// doubled. Files that are named on the command line are run instead: an input that failed once.
//
// usage: TARGET [--rounds=N] [--seed=N] [FILE ...]
#include <fmt/core.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/random.h"
#include "tests/fuzz/target.h"

namespace {

void RunInput(const std::string& input) {
  // A copy of exactly that size, so that a sanitizer sees each byte too many.
  const std::vector<uint8_t> exact(input.begin(), input.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

std::string Changed(std::string input, keyway::Random& random) {
  for (uint64_t changes = 1 + random.Below(4); changes > 0 && !input.empty(); --changes) {
    const size_t at = random.Below(input.size());
    switch (random.Below(8)) {
      case 0:
        input.resize(at);
        break;
      case 1:
        input.insert(at, input.substr(random.Below(input.size()), random.Below(20)));
        break;
      case 2:
        input.erase(at, random.Below(10));
        break;
      case 3:
        input[at] = static_cast<char>(input[at] + 1);
        break;
      case 4:
        input[at] = '\xff';
        break;
      default:
        input[at] = static_cast<char>(random.Next());
    }
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t rounds = 1000, seed = keyway::Random().Next();
  std::vector<std::string> files;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with("--rounds=")) {
      rounds = std::strtoull(argv[i] + 9, nullptr, 10);
    } else if (argument.starts_with("--seed=")) {
      seed = std::strtoull(argv[i] + 7, nullptr, 10);
    } else if (!argument.starts_with("--")) {
      files.emplace_back(argument);
    }
  }
  for (const std::string& file : files) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return fmt::print(stderr, "{} cannot be read\n", file), 1;
    RunInput({std::istreambuf_iterator<char>(in), {}});
  }
  if (!files.empty()) return 0;
  const std::vector<std::string> seeds = FuzzSeeds();
  fmt::print("{} seeds, {} rounds, --seed={}\n", seeds.size(), rounds, seed);
  std::fflush(stdout);
  for (const std::string& input : seeds) RunInput(input);
  keyway::Random random(seed);
  for (uint64_t round = 0; round < rounds; ++round) RunInput(Changed(seeds[random.Below(seeds.size())], random));
}
