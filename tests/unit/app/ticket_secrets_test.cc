// The secrets of session tickets: who goes when.
#include "server/app/ticket_secrets.h"

#include <string>

#include <gtest/gtest.h>

namespace keyway::app {
namespace {

constexpr int64_t kHourMs = 3'600'000;

// "current" or "previous" → its line, empty without one.
std::string LineOf(const std::string& text, const std::string& role) {
  const size_t at = text.find(role + " ");
  return at == text.npos ? "" : text.substr(at + role.size() + 1, text.find('\n', at) - at - role.size() - 1);
}

TEST(TicketSecrets, AreMadeAnewByEachProcess) {
  const TicketSecrets one(0), other(0);
  EXPECT_NE(one.text(), other.text());
  EXPECT_EQ(LineOf(one.text(), "current").size(), 2u + 96u) << one.text();
  EXPECT_EQ(LineOf(one.text(), "previous"), "");
}

TEST(TicketSecrets, TheReplacedOneStaysForAsLongAsItsTickets) {
  TicketSecrets secrets(1000);
  const std::string first = LineOf(secrets.text(), "current");
  EXPECT_FALSE(secrets.Rotate(1000 + kHourMs - 1, 300));
  EXPECT_EQ(LineOf(secrets.text(), "current"), first);
  EXPECT_TRUE(secrets.Rotate(1000 + kHourMs, 300));
  const std::string second = LineOf(secrets.text(), "current");
  EXPECT_NE(second, first);
  EXPECT_EQ(LineOf(secrets.text(), "previous"), first);
  EXPECT_FALSE(secrets.Rotate(1000 + kHourMs + 300'001, 300));
  EXPECT_TRUE(secrets.Rotate(1000 + 2 * kHourMs, 300));
  EXPECT_EQ(LineOf(secrets.text(), "previous"), second);
  EXPECT_EQ(secrets.text().find(first), std::string::npos);
}

TEST(TicketSecrets, LongLivedTicketsKeepTheirSecret) {
  TicketSecrets secrets(0);
  const int64_t day_s = 86'400;
  EXPECT_FALSE(secrets.Rotate(5 * kHourMs, day_s));
  EXPECT_TRUE(secrets.Rotate(24 * kHourMs, day_s));
  EXPECT_FALSE(secrets.Rotate(47 * kHourMs, day_s));
  EXPECT_TRUE(secrets.Rotate(48 * kHourMs, day_s));
}

}  // namespace
}  // namespace keyway::app
