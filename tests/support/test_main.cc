// main() of every GoogleTest binary.
//
// `meson test --test-args=--tls=wolfssl` hands the same arguments to all tests, and only the integration tests have a
// use for them; so what names a transport is taken out here before GoogleTest complains about it.
#include <gtest/gtest.h>

#include <string_view>

namespace {

bool IsTransportArgument(std::string_view argument) { return argument == "--tls" || argument.starts_with("--tls="); }

}  // namespace

int main(int argc, char** argv) {
  int kept = 0;
  for (int i = 0; i < argc; ++i) {
    if (i > 0 && IsTransportArgument(argv[i])) continue;
    argv[kept++] = argv[i];
  }
  argv[kept] = nullptr;
  testing::InitGoogleTest(&kept, argv);
  return RUN_ALL_TESTS();
}
