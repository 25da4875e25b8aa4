// The tcp and unix transports over real sockets of this machine.
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/transport/support/backend.h"

namespace keyway::test {
namespace {

constexpr int kDeadlineMs = 10000;

struct Fd {
  int32_t fd = -1;
  ~Fd() {
    if (fd >= 0) close(fd);
  }
};

struct Resolved {
  int32_t result = KW_OK;
  std::vector<kw_address> addresses;
};

Resolved Resolve(const Context& ctx, const std::string& text, uint32_t purpose, Err* err) {
  Resolved out;
  auto keep = [](void* arg, const kw_address* a) { static_cast<Resolved*>(arg)->addresses.push_back(*a); };
  out.result = ctx.transport()->carrier->resolve(ctx.get(), text.c_str(), purpose, keep, &out, err);
  return out;
}

bool WaitFor(int fd, short what) {
  pollfd p{fd, what, 0};
  return poll(&p, 1, kDeadlineMs) == 1;
}

// Accepts, carries a byte each way, and leaves both ends open.
void Join(const Context& ctx, int listener, const kw_address& to, Fd* client, Fd* server) {
  const kw_carrier* c = ctx.transport()->carrier;
  Err err;
  int32_t r = c->dial_fd(ctx.get(), &to, &client->fd, &err);
  ASSERT_TRUE(r == KW_OK || r == KW_WANT_WRITE) << err.text;
  ASSERT_TRUE(WaitFor(listener, POLLIN));
  server->fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  ASSERT_GE(server->fd, 0);
  ASSERT_TRUE(WaitFor(client->fd, POLLOUT));
  int so_error = -1;
  socklen_t len = sizeof so_error;
  getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &so_error, &len);
  EXPECT_EQ(so_error, 0);
  EXPECT_EQ(c->fd_configure(ctx.get(), client->fd, KW_FOR_DIAL, &err), KW_OK) << err.text;
  EXPECT_EQ(c->fd_configure(ctx.get(), server->fd, KW_FOR_LISTEN, &err), KW_OK) << err.text;
  for (int fd : {client->fd, server->fd}) {
    EXPECT_NE(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  }
  char byte = 'x';
  ASSERT_EQ(write(client->fd, &byte, 1), 1);
  ASSERT_TRUE(WaitFor(server->fd, POLLIN));
  ASSERT_EQ(read(server->fd, &byte, 1), 1);
}

class Tcp : public ::testing::Test {
 protected:
  Context ctx{Transport("tcp"), Settings().Set("tcp-keepalive", "30").Set("tcp-backlog", "7")};
  const kw_carrier* carrier = Transport("tcp")->carrier;
  Err err;
};

TEST_F(Tcp, ListensDialsAndTellsWhoIsWho) {
  for (const char* where : {"127.0.0.1:0", "[::1]:0"}) {
    Resolved to = Resolve(ctx, where, KW_FOR_LISTEN, &err);
    ASSERT_EQ(to.result, KW_OK) << err.text;
    Fd listener;
    int32_t r = carrier->listen_fd(ctx.get(), &to.addresses[0], &listener.fd, &err);
    if (r == KW_E_UNSUPPORTED && where[0] == '[') continue;  // a machine without IPv6
    ASSERT_EQ(r, KW_OK) << err.text;
    kw_address at{};
    at.size = sizeof at;
    ASSERT_EQ(carrier->fd_describe(ctx.get(), listener.fd, KW_END_LOCAL, &at, &err), KW_OK);
    EXPECT_GT(at.port, 0u);
    EXPECT_STREQ(at.host, where[0] == '[' ? "::1" : "127.0.0.1");
    Fd client, server;
    Join(ctx, listener.fd, at, &client, &server);
    kw_address peer{};
    peer.size = sizeof peer;
    ASSERT_EQ(carrier->fd_describe(ctx.get(), client.fd, KW_END_PEER, &peer, &err), KW_OK);
    EXPECT_STREQ(peer.text, at.text);
    EXPECT_EQ(carrier->is_local(ctx.get(), server.fd), 1);
    // The text is one that resolve understands.
    EXPECT_EQ(Resolve(ctx, peer.text, KW_FOR_DIAL, &err).result, KW_OK) << peer.text;
  }
}

TEST_F(Tcp, OneAddressAtATimeIsInUse) {
  Resolved to = Resolve(ctx, "127.0.0.1:0", KW_FOR_LISTEN, &err);
  Fd first, second;
  ASSERT_EQ(carrier->listen_fd(ctx.get(), &to.addresses[0], &first.fd, &err), KW_OK);
  kw_address at{};
  at.size = sizeof at;
  ASSERT_EQ(carrier->fd_describe(ctx.get(), first.fd, KW_END_LOCAL, &at, &err), KW_OK);
  EXPECT_EQ(carrier->listen_fd(ctx.get(), &at, &second.fd, &err), KW_E_CONFIG);
  EXPECT_EQ(err.reason, KW_REASON_ADDRESS_IN_USE);
  EXPECT_NE(std::string(err.text).find(at.text), std::string::npos) << err.text;
}

TEST_F(Tcp, AddressesOfOtherMachinesCannotBeListenedAt) {
  Resolved to = Resolve(ctx, "192.0.2.1:0", KW_FOR_LISTEN, &err);
  ASSERT_EQ(to.result, KW_OK);
  Fd fd;
  EXPECT_EQ(carrier->listen_fd(ctx.get(), &to.addresses[0], &fd.fd, &err), KW_E_UNSUPPORTED);
  EXPECT_EQ(err.reason, KW_REASON_ADDRESS);
}

TEST_F(Tcp, ReadsAddressesAsUsersWriteThem) {
  EXPECT_STREQ(Resolve(ctx, "*:6379", KW_FOR_LISTEN, &err).addresses.at(0).text, "0.0.0.0:6379");
  EXPECT_STREQ(Resolve(ctx, "[::*]:6379", KW_FOR_LISTEN, &err).addresses.at(0).text, "[::]:6379");
  EXPECT_FALSE(Resolve(ctx, "localhost:1", KW_FOR_DIAL, &err).addresses.empty());
  for (const char* bad :
       {"", "host", "host:", ":1", "1.2.3.4:70000", "1.2.3.4:-1", "::1:6379", "[::1]", "[::1:6379", "h:12x"}) {
    err.text[0] = '\0';
    EXPECT_EQ(Resolve(ctx, bad, KW_FOR_LISTEN, &err).result, KW_E_CONFIG) << bad;
    EXPECT_STRNE(err.text, "") << bad;
  }
  EXPECT_EQ(Resolve(ctx, "*:6379", KW_FOR_DIAL, &err).result, KW_E_CONFIG);
  EXPECT_NE(Resolve(ctx, "no-such-host.invalid:1", KW_FOR_DIAL, &err).result, KW_OK);
  std::string longer(2000, 'x');
  EXPECT_NE(Resolve(ctx, longer + ":1", KW_FOR_DIAL, &err).result, KW_OK);
}

TEST_F(Tcp, ForeignAddressesAreRefused) {
  kw_address a{};
  a.size = sizeof a;
  Fd fd;
  EXPECT_EQ(carrier->listen_fd(ctx.get(), &a, &fd.fd, &err), KW_E_INTERNAL);
  a.data_len = 5000;
  EXPECT_EQ(carrier->dial_fd(ctx.get(), &a, &fd.fd, &err), KW_E_INTERNAL);
  a.size = 8;
  EXPECT_EQ(carrier->dial_fd(ctx.get(), &a, &fd.fd, &err), KW_E_INTERNAL);
}

TEST_F(Tcp, DialledConnectionsComeFromTheConfiguredAddress) {
  Context from(Transport("tcp"), Settings().Set("bind-source-addr", "127.0.0.9"));
  Resolved to = Resolve(ctx, "127.0.0.1:0", KW_FOR_LISTEN, &err);
  Fd listener;
  ASSERT_EQ(carrier->listen_fd(ctx.get(), &to.addresses[0], &listener.fd, &err), KW_OK);
  kw_address at{};
  at.size = sizeof at;
  carrier->fd_describe(ctx.get(), listener.fd, KW_END_LOCAL, &at, &err);
  Fd client, server;
  Join(from, listener.fd, at, &client, &server);
  kw_address peer{};
  peer.size = sizeof peer;
  ASSERT_EQ(carrier->fd_describe(ctx.get(), server.fd, KW_END_PEER, &peer, &err), KW_OK);
  EXPECT_STREQ(peer.host, "127.0.0.9");
  Settings bad = Settings().Set("bind-source-addr", "no-such-host.invalid");
  EXPECT_NE(Transport("tcp")->check(bad.abi(), &err), KW_OK);
  EXPECT_STREQ(err.setting, "bind-source-addr");
}

class Unix : public ::testing::Test {
 protected:
  Unix() {
    char name[] = "/tmp/kw-unix-XXXXXX";
    folder = mkdtemp(name);
    path = folder + "/socket";
  }
  ~Unix() override {
    unlink(path.c_str());
    rmdir(folder.c_str());
  }
  kw_address At(const std::string& text) {
    Resolved r = Resolve(ctx, text, KW_FOR_LISTEN, &err);
    EXPECT_EQ(r.result, KW_OK) << err.text;
    return r.addresses.at(0);
  }
  Context ctx{Transport("unix"), Settings().Set("unixsocketperm", "700")};
  const kw_carrier* carrier = Transport("unix")->carrier;
  Err err;
  std::string folder, path;
};

TEST_F(Unix, ListensDialsAndCleansUp) {
  kw_address at = At(path);
  Fd listener;
  ASSERT_EQ(carrier->listen_fd(ctx.get(), &at, &listener.fd, &err), KW_OK) << err.text;
  struct stat st;
  ASSERT_EQ(lstat(path.c_str(), &st), 0);
  EXPECT_TRUE(S_ISSOCK(st.st_mode));
  EXPECT_EQ(st.st_mode & 0777, 0700u);
  Fd client, server;
  Join(ctx, listener.fd, at, &client, &server);
  for (int fd : {client.fd, server.fd}) {
    kw_address end{};
    end.size = sizeof end;
    ASSERT_EQ(carrier->fd_describe(ctx.get(), fd, KW_END_PEER, &end, &err), KW_OK);
    EXPECT_EQ(end.text, path);
  }
  EXPECT_EQ(carrier->is_local(ctx.get(), server.fd), 1);
  carrier->listen_end(ctx.get(), &at, listener.fd);
  EXPECT_NE(lstat(path.c_str(), &st), 0) << "the path goes at the end";
}

TEST_F(Unix, TakesOverThePathOfADeadServerOnly) {
  kw_address at = At(path);
  {
    Fd listener;
    ASSERT_EQ(carrier->listen_fd(ctx.get(), &at, &listener.fd, &err), KW_OK);
    Fd second;
    EXPECT_EQ(carrier->listen_fd(ctx.get(), &at, &second.fd, &err), KW_E_CONFIG);
    EXPECT_EQ(err.reason, KW_REASON_ADDRESS_IN_USE);
  }
  Fd again;
  EXPECT_EQ(carrier->listen_fd(ctx.get(), &at, &again.fd, &err), KW_OK) << err.text;
  carrier->listen_end(ctx.get(), &at, again.fd);

  int file = open(path.c_str(), O_CREAT | O_WRONLY, 0600);
  close(file);
  Fd fd;
  EXPECT_EQ(carrier->listen_fd(ctx.get(), &at, &fd.fd, &err), KW_E_CONFIG) << "a file is not thrown away";
  carrier->listen_end(ctx.get(), &at, -1);
  EXPECT_EQ(access(path.c_str(), F_OK), 0);
}

TEST_F(Unix, BadPathsAndModes) {
  EXPECT_EQ(Resolve(ctx, "", KW_FOR_LISTEN, &err).result, KW_E_CONFIG);
  EXPECT_EQ(Resolve(ctx, "/" + std::string(200, 'x'), KW_FOR_LISTEN, &err).result, KW_E_CONFIG);
  kw_address at = At(folder + "/missing/socket");
  Fd fd;
  EXPECT_EQ(carrier->listen_fd(ctx.get(), &at, &fd.fd, &err), KW_E_CONFIG);
  EXPECT_EQ(carrier->dial_fd(ctx.get(), &at, &fd.fd, &err), KW_E_PEER);
  for (const char* mode : {"8", "abc", "1777", "-1"}) {
    Settings bad = Settings().Set("unixsocketperm", mode);
    EXPECT_EQ(Transport("unix")->check(bad.abi(), &err), KW_E_CONFIG) << mode;
    EXPECT_STREQ(err.setting, "unixsocketperm");
  }
}

TEST_F(Unix, NamesWithoutAFile) {
  kw_address at = At("@kw-test-" + std::to_string(getpid()));
  Fd listener, client, server;
  ASSERT_EQ(carrier->listen_fd(ctx.get(), &at, &listener.fd, &err), KW_OK) << err.text;
  Join(ctx, listener.fd, at, &client, &server);
}

}  // namespace
}  // namespace keyway::test
