// The manners of both sides of the ABI: versions, sizes of structures, flags; every transport of this build.
#include <cstring>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "keyway/error.hpp"
#include "keyway/ext/hello.h"
#include "keyway/ext/stats.h"
#include "tests/transport/support/tls_pair.h"

extern "C" int keyway_abi_layout_is_checked(void);

namespace keyway::test {
namespace {

// A structure that ends at `size` bytes: whoever touches more is caught by a sanitizer.
template <class T>
struct Cut {
  explicit Cut(const T& from, uint32_t size) : bytes(std::make_unique<char[]>(size)) {
    std::memcpy(bytes.get(), &from, size < sizeof(T) ? size : sizeof(T));
    if (size > sizeof(T)) std::memset(bytes.get() + sizeof(T), 0x5a, size - sizeof(T));
    std::memcpy(bytes.get(), &size, sizeof size);
  }
  T* get() { return reinterpret_cast<T*>(bytes.get()); }
  std::unique_ptr<char[]> bytes;
};

TEST(Abi, TheLayoutIsWhatItWas) { EXPECT_EQ(keyway_abi_layout_is_checked(), 1); }

TEST(Abi, FieldsExistByTheSizeOfTheirStructure) {
  kw_verify v{};
  v.size = sizeof v;
  EXPECT_TRUE(KW_HAS_FIELD(&v, kw_verify, alpn));
  v.size = offsetof(kw_verify, alpn) + 4;
  EXPECT_FALSE(KW_HAS_FIELD(&v, kw_verify, alpn)) << "half a field is none";
  EXPECT_TRUE(KW_HAS_FIELD(&v, kw_verify, server_name));
}

TEST(Abi, ErrorsAreCutToTheRoomThatThereIs) {
  kw_error whole{};
  Cut<kw_error> cut(whole, offsetof(kw_error, lib_code));
  EXPECT_EQ(sdk::Fail(cut.get(), KW_E_PROTO, KW_REASON_DECODE, "setting", "text %d", 7), KW_E_PROTO);
  EXPECT_EQ(cut.get()->code, KW_E_PROTO);
  kw_error err{};
  err.size = sizeof err;
  std::string longer(1000, 'x');
  sdk::Fail(&err, KW_E_CONFIG, KW_REASON_NONE, longer.c_str(), "line\nbreak %s", longer.c_str());
  EXPECT_EQ(std::strlen(err.setting), sizeof err.setting - 1);
  EXPECT_EQ(std::strlen(err.text), sizeof err.text - 1);
  EXPECT_EQ(std::strchr(err.text, '\n'), nullptr);
  EXPECT_EQ(sdk::Fail(nullptr, KW_E_NOMEM, KW_REASON_NONE, nullptr, "x"), KW_E_NOMEM);
}

TEST(Abi, NoExceptionCrossesTheLine) {
  Err err;
  EXPECT_EQ(sdk::Guarded(&err, []() -> int32_t { throw std::bad_alloc(); }), KW_E_NOMEM);
  EXPECT_EQ(sdk::Guarded(&err, []() -> int32_t { throw 7; }), KW_E_INTERNAL);
}

class EveryTransport : public ::testing::TestWithParam<std::string> {};
std::vector<std::string> All() {
  std::vector<std::string> out = {"tcp", "unix"};
  for (const std::string& id : TlsBackends()) out.push_back(id);
  return out;
}
INSTANTIATE_TEST_SUITE_P(Abi, EveryTransport, ::testing::ValuesIn(All()), [](const auto& info) {
  std::string name = info.param;
  std::erase(name, '-');
  return name;
});

TEST_P(EveryTransport, DescribesItself) {
  const kw_transport* t = Transport(GetParam());
  ASSERT_NE(t, nullptr);
  EXPECT_GE(t->size, KW_TRANSPORT_SIZE_0_9);
  EXPECT_EQ(t->abi_major, KW_ABI_MAJOR);
  EXPECT_LE(t->min_host_minor, KW_ABI_MINOR);
  EXPECT_EQ(t->id, GetParam());
  EXPECT_NE(std::string(t->version), "");
  EXPECT_NE(std::string(t->build_info), "");
  bool filter = (t->roles & KW_ROLE_FILTER) != 0, carrier = (t->roles & KW_ROLE_FD_CARRIER) != 0;
  EXPECT_NE(filter, carrier);
  EXPECT_EQ(t->conn_open != nullptr && t->ops != nullptr, filter);
  EXPECT_EQ(t->carrier != nullptr, carrier);
}

TEST_P(EveryTransport, MalformedSettingsAreAnErrorAndNoCrash) {
  const kw_transport* t = Transport(GetParam());
  Settings good = t->carrier != nullptr ? Settings() : GoodTls();
  kw_settings settings = *good.abi();
  Err err;
  ASSERT_EQ(t->check(&settings, &err), KW_OK) << err.text;
  for (uint32_t size : {4u, 8u, 12u, static_cast<uint32_t>(KW_SETTINGS_SIZE_0_9 - 1)}) {
    Cut<kw_settings> cut(settings, size);
    EXPECT_EQ(t->check(cut.get(), &err), KW_E_INTERNAL) << size;
  }
  Cut<kw_settings> bigger(settings, sizeof(kw_settings) + 64);
  EXPECT_EQ(t->check(bigger.get(), &err), KW_OK) << "a newer host";
  EXPECT_EQ(t->check(nullptr, &err), KW_E_INTERNAL);

  kw_setting one{sizeof(kw_setting), 0, "x", "y", 1, nullptr};
  Cut<kw_setting> small(one, 16);
  const kw_setting* list[] = {small.get()};
  kw_settings of_small{sizeof(kw_settings), 1, list, nullptr, KW_SIDES_CLIENT, 0};
  EXPECT_EQ(t->check(&of_small, &err), KW_E_INTERNAL);
  list[0] = nullptr;
  EXPECT_EQ(t->check(&of_small, &err), KW_E_INTERNAL);
  of_small.items = nullptr;
  EXPECT_EQ(t->check(&of_small, &err), KW_E_INTERNAL);
  list[0] = &one;
  of_small.items = list;
  one.flags = 1u << 9;
  uint32_t count = 0;
  one.name = t->options(&count)[0]->name;
  EXPECT_EQ(t->check(&of_small, &err), KW_E_UNSUPPORTED) << "a flag that must be understood";
}

TEST_P(EveryTransport, ThreadsMayLeaveAtAnyTime) {
  const kw_transport* t = Transport(GetParam());
  if (t->thread_leave == nullptr) return;
  std::thread([t] { t->thread_leave(); }).join();
  t->thread_leave();
  t->thread_leave();
}

class EveryFilter : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Abi, EveryFilter, ::testing::ValuesIn(TlsBackends()),
                         [](const auto& info) { return info.param == "tls-wolfssl" ? "wolfssl" : "openssl"; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EveryFilter);

TEST_P(EveryFilter, ChecksTheSizesOfWhatItIsGiven) {
  const kw_transport* t = Transport(GetParam());
  Context ctx(t, GoodTls());
  Verify good;
  MemoryPipe pipe;
  Err err;
  kw_conn* conn = nullptr;
  auto open = [&](uint32_t side, const kw_verify* verify, kw_pipe* p) {
    int32_t r = t->conn_open(ctx.get(), side, verify, p, nullptr, &conn, &err);
    if (r == KW_OK) t->ops->close(conn);
    return r;
  };
  EXPECT_EQ(open(KW_SIDE_CLIENT, good.abi(), pipe.abi()), KW_OK);
  for (uint32_t size : {4u, 16u, static_cast<uint32_t>(KW_VERIFY_SIZE_0_9 - 1)}) {
    Cut<kw_verify> cut(*good.abi(), size);
    EXPECT_EQ(open(KW_SIDE_CLIENT, cut.get(), pipe.abi()), KW_E_INTERNAL) << size;
    EXPECT_EQ(open(KW_SIDE_SERVER, cut.get(), pipe.abi()), KW_E_INTERNAL) << size;
  }
  Cut<kw_verify> bigger(*good.abi(), sizeof(kw_verify) + 32);
  EXPECT_EQ(open(KW_SIDE_CLIENT, bigger.get(), pipe.abi()), KW_OK);
  Cut<kw_pipe> short_pipe(*pipe.abi(), 24);
  EXPECT_EQ(open(KW_SIDE_CLIENT, good.abi(), short_pipe.get()), KW_E_INTERNAL);
  EXPECT_EQ(open(KW_SIDE_CLIENT, nullptr, pipe.abi()), KW_E_INTERNAL);
  EXPECT_EQ(open(7, good.abi(), pipe.abi()), KW_E_INTERNAL);
  kw_verify flagged = *good.abi();
  flagged.flags = 1;
  EXPECT_EQ(open(KW_SIDE_CLIENT, &flagged, pipe.abi()), KW_E_UNSUPPORTED);
  flagged.flags = 1u << 20;
  EXPECT_EQ(open(KW_SIDE_CLIENT, &flagged, pipe.abi()), KW_OK) << "a flag that may be ignored";
  flagged = *good.abi();
  flagged.mode = 9;
  EXPECT_EQ(open(KW_SIDE_CLIENT, &flagged, pipe.abi()), KW_E_UNSUPPORTED);
  flagged = *good.abi();
  flagged.names = nullptr;
  EXPECT_EQ(open(KW_SIDE_CLIENT, &flagged, pipe.abi()), KW_E_INTERNAL);
  EXPECT_EQ(open(KW_SIDE_CLIENT, Verify(KW_VERIFY_CHAIN).Sni("127.0.0.1").abi(), pipe.abi()), KW_E_CONFIG);
}

TEST_P(EveryFilter, FillsInNoMoreThanTheCallerHasRoomFor) {
  Pair pair(GetParam(), GetParam());
  pair.Establish();
  auto* table = pair.client.Extension<kw_ext_stats>(KW_EXT_STATS);
  Err err;
  kw_conn_stats stats{};
  Cut<kw_conn_stats> exact(stats, sizeof stats);
  EXPECT_EQ(table->get(pair.client.conn(), exact.get(), &err), KW_OK);
  EXPECT_EQ(exact.get()->size, sizeof stats);
  Cut<kw_conn_stats> bigger(stats, sizeof stats + 40);
  EXPECT_EQ(table->get(pair.client.conn(), bigger.get(), &err), KW_OK);
  EXPECT_EQ(bigger.bytes[sizeof stats], 0x5a) << "the tail belongs to the caller";
  Cut<kw_conn_stats> small(stats, 16);
  EXPECT_EQ(table->get(pair.client.conn(), small.get(), &err), KW_E_INTERNAL);
}

TEST_P(EveryFilter, MisuseIsAnErrorAndNoCrash) {
  Context ctx(Transport(GetParam()), GoodTls());
  End server(ctx, KW_SIDE_SERVER, nullptr);
  EXPECT_EQ(server.Read(), "");
  EXPECT_EQ(server.last(), KW_E_INTERNAL) << "before the handshake";
  EXPECT_EQ(server.Write("x"), KW_E_INTERNAL);
  server.Idle();
  EXPECT_EQ(server.Shutdown(), KW_OK) << "nothing to say good-bye to";
  EXPECT_TRUE(server.pipe().tx().empty());
  End failing(ctx, KW_SIDE_SERVER, nullptr);
  failing.pipe().Feed("PING\r\n");
  EXPECT_EQ(failing.Handshake(), KW_E_PROTO) << failing.error().text;
  EXPECT_EQ(failing.Handshake(), KW_E_INTERNAL) << "after a failure";
  EXPECT_EQ(failing.Shutdown(), KW_OK);
  failing.Idle();
}

TEST_P(EveryFilter, WhatPeersAreToldWhoAreTurnedAway) {
  const auto* hello = static_cast<const kw_ext_hello*>(Transport(GetParam())->get_extension(KW_EXT_HELLO));
  ASSERT_NE(hello, nullptr);
  ASSERT_TRUE(KW_HAS_FIELD(hello, kw_ext_hello, broken_answer));
  EXPECT_STREQ(hello->protocol, "TLS");
  ASSERT_NE(hello->broken_answer, nullptr);
  const std::string alert(static_cast<const char*>(hello->broken_answer->data), hello->broken_answer->len);
  EXPECT_EQ(alert, std::string("\x15\x03\x03\x00\x02\x02\x32", 7)) << "a fatal decode_error";
}

TEST_P(EveryFilter, PlaintextInsteadOfAHelloIsSaidToBeThat) {
  Context ctx(Transport(GetParam()), GoodTls());
  for (const char* text : {"PING\r\n", "*1\r\n$4\r\nPING\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"}) {
    End server(ctx, KW_SIDE_SERVER, nullptr);
    server.pipe().Feed(text);
    EXPECT_EQ(server.Handshake(), KW_E_PROTO) << text << server.error().text;
  }
}

}  // namespace
}  // namespace keyway::test
