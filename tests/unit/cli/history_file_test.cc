// The history of the prompt on disk.
#include "server/cli/history_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace keyway::cli {
namespace {

class HistoryFileTest : public testing::Test {
 protected:
  HistoryFileTest() {
    char path[] = "/tmp/keyway-history-XXXXXX";
    folder_ = mkdtemp(path);
    path_ = folder_ + "/history";
  }
  ~HistoryFileTest() override {
    unlink(path_.c_str());
    rmdir(folder_.c_str());
  }

  std::string folder_, path_;
};

TEST_F(HistoryFileTest, LinesComeBackInOrder) {
  HistoryFile file(path_);
  EXPECT_TRUE(file.Load().empty());
  file.Append("SET a 1");
  HistoryFile(path_).Append("GET a");  // a second prompt
  EXPECT_EQ(file.Load(), (std::vector<std::string>{"SET a 1", "GET a"}));
  struct stat status;
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(HistoryFileTest, ALongFileIsShortened) {
  HistoryFile file(path_);
  const size_t lines = 2 * HistoryFile::kMaxLines + 1;
  for (size_t i = 0; i < lines; ++i) file.Append("line " + std::to_string(i));
  struct stat before, after;
  ASSERT_EQ(stat(path_.c_str(), &before), 0);
  std::vector<std::string> loaded = file.Load();
  ASSERT_EQ(stat(path_.c_str(), &after), 0);
  ASSERT_EQ(loaded.size(), HistoryFile::kMaxLines);
  EXPECT_EQ(loaded.back(), "line " + std::to_string(lines - 1));
  EXPECT_LT(after.st_size, before.st_size);
  EXPECT_EQ(file.Load(), loaded);
}

TEST_F(HistoryFileTest, NoPathKeepsNothing) {
  HistoryFile none("");
  none.Append("secret");
  EXPECT_TRUE(none.Load().empty());
  HistoryFile nowhere(folder_ + "/no/such/folder");
  nowhere.Append("line");
  EXPECT_TRUE(nowhere.Load().empty());
}

TEST_F(HistoryFileTest, TheEnvironmentSaysWhere) {
  setenv("HOME", "/somewhere", 1);
  unsetenv("KEYWAYCLI_HISTFILE");
  EXPECT_EQ(HistoryFile::DefaultPath(), "/somewhere/.keywaycli_history");
  setenv("KEYWAYCLI_HISTFILE", path_.c_str(), 1);
  EXPECT_EQ(HistoryFile::DefaultPath(), path_);
  setenv("KEYWAYCLI_HISTFILE", "/dev/null", 1);
  EXPECT_EQ(HistoryFile::DefaultPath(), "");
  unsetenv("KEYWAYCLI_HISTFILE");
  unsetenv("HOME");
  EXPECT_EQ(HistoryFile::DefaultPath(), "");
}

}  // namespace
}  // namespace keyway::cli
