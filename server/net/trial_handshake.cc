#include "server/net/trial_handshake.h"

#include <fmt/core.h>

#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "server/base/output_buffer.h"
#include "server/net/filter_session.h"
#include "server/net/host_services.h"

namespace keyway::net {
namespace {

constexpr std::string_view kPurpose = "a handshake in memory";
constexpr std::string_view kMessage = "*1\r\n$4\r\nPING\r\n";
// TLS needs three; a filter that has not come to an end by then never does.
constexpr int kMaxRounds = 64;
constexpr size_t kReadBytes = 4096;

// Settings that only count with real peers, and that real peers may be needed for.
constexpr std::pair<std::string_view, std::string_view> kOfPeers[] = {
    {"tls-auth-clients", "no"},       {"tls-crl-file", ""}, {"tls-client-cert-file", ""}, {"tls-client-key-file", ""},
    {"tls-client-key-file-pass", ""},
};

class End final : private HostConnection {
 public:
  enum class State : uint8_t { kShakes, kOpen, kDone, kUnknown, kFailed };

  End(const std::shared_ptr<const Stack>& stack, uint32_t side) : use_(stack), session_(*use_), side_(side) {
    SetLogName(std::string(kPurpose));
  }
  ~End() { session_.Close(); }

  bool Open() {
    const VerifyPolicy anybody{
        .verify_chain = false, .expected_names = {}, .check_name = false, .sni = {}, .session = {}};
    if (session_.Open(side_, side_ == KW_SIDE_CLIENT ? &anybody : nullptr, *this) == KW_OK) return true;
    state_ = State::kFailed;
    return false;
  }

  // Works on what the peer has sent. Whether there was anything to do. A pipe borrows memory of the thread, so only one of
  // the two is in use at a time.
  bool Step(End& peer) {
    if (started_ && peer.sent_.empty()) return false;
    started_ = true;
    PipeUse use(session_.pipe());
    if (!Take(peer.sent_)) {
      state_ = State::kFailed;
      return true;
    }
    if (state_ == State::kShakes) Shake();
    if (state_ == State::kOpen || state_ == State::kDone) Read();
    TxQueue& tx = session_.pipe().tx();
    sent_.append(tx.data(), tx.size());
    tx.Drop();
    return true;
  }

  State state() const { return state_; }
  std::string Why() const {
    const std::string& text = session_.error_text();
    return fmt::format("the {} end: {}", side_ == KW_SIDE_CLIENT ? "dialling" : "accepting",
                       text.empty() ? "no memory" : text);
  }

 private:
  void OnPluginReady(uint32_t /*ready*/) override {}

  bool Take(std::string& bytes) {
    if (bytes.empty()) return true;
    char* room = session_.pipe().RxRoom(bytes.size());
    if (room == nullptr) return false;
    std::memcpy(room, bytes.data(), bytes.size());
    session_.pipe().RxCommit(bytes.size());
    bytes.clear();
    return true;
  }

  void Shake() {
    const int32_t result = session_.Handshake();
    if (result == KW_WANT_READ) return;
    state_ = result == KW_OK ? State::kOpen : result == KW_WANT_WAKE ? State::kUnknown : State::kFailed;
    if (state_ != State::kOpen) return;
    OutputBuffer message;
    message.Append(kMessage);
    if (session_.Write(message, KW_WRITEV_MAX) != KW_OK) state_ = State::kFailed;
  }

  void Read() {
    char buffer[kReadBytes];
    while (true) {
      size_t bytes = 0;
      const int32_t result = session_.Read(buffer, bytes);
      if (result == KW_OK) {
        received_.append(buffer, bytes);
        if (received_ == kMessage) state_ = State::kDone;
        continue;
      }
      if (result == KW_WANT_WAKE) state_ = State::kUnknown;
      if (result != KW_WANT_READ && result != KW_WANT_WAKE) state_ = State::kFailed;
      return;
    }
  }

  StackUse use_;  // first: what follows calls the plug-in when it goes
  FilterSession session_;
  const uint32_t side_;
  State state_ = State::kShakes;
  bool started_ = false;
  std::string sent_;  // and not taken by the peer
  std::string received_;
};

Result<> BringTogether(End& client, End& server) {
  for (End* end : {&client, &server}) {
    if (!end->Open()) return Fail(end->Why());
  }
  for (int round = 0; round < kMaxRounds; ++round) {
    bool moved = client.Step(server);
    moved |= server.Step(client);
    // Of the two, the accepting end says more: it has the certificate and the choice.
    for (const End* end : {&server, &client}) {
      if (end->state() == End::State::kFailed) return Fail(end->Why());
      if (end->state() == End::State::kUnknown) return {};
    }
    if (client.state() == End::State::kDone && server.state() == End::State::kDone) return {};
    if (!moved) return Fail("each end waits for the other");
  }
  return Fail("it does not come to an end");
}

}  // namespace

Result<> TryHandshake(const ContextPtr& carrier, const std::shared_ptr<const Generation>& filter, Settings settings) {
  for (const auto& [name, value] : kOfPeers) settings.emplace_back(name, value);
  ContextReuse quiet;  // the warnings were given when the context that serves was made
  auto context = MakeContext(filter, settings, std::string(kPurpose), Sides::kBoth, &quiet);
  if (!context) return std::unexpected(context.error());
  const auto stack = std::make_shared<const Stack>(carrier, std::move(*context));
  End client(stack, KW_SIDE_CLIENT), server(stack, KW_SIDE_SERVER);
  auto done = BringTogether(client, server);
  return done ? done : std::unexpected(done.error().Within(filter->id()));
}

}  // namespace keyway::net
