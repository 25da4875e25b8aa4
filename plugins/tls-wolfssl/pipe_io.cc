#include "pipe_io.h"

#include <cstring>

#include "connection.h"
#include "keyway/error.hpp"
#include "keyway/tls/alert.hpp"

namespace keyway::tls_wolfssl {

namespace {

constexpr unsigned char kChangeCipherSpec = 20;
constexpr unsigned char kAlert = 21;

bool IsTls13(const Connection& c) { return wolfSSL_GetVersion(c.ssl.get()) == WOLFSSL_TLSV1_3; }

// Walks over whole records that are about to go out (the library hands over nothing else) and corrects a plaintext alert about
// the peer's certificate, for which the library has one number where the protocol has several.
void WatchRecords(Connection* c, unsigned char* data, size_t len) {
  size_t pos = 0;
  while (len - pos >= 5) {
    size_t body = static_cast<size_t>(data[pos + 3]) << 8 | data[pos + 4];
    unsigned char type = data[pos];
    if (type == kChangeCipherSpec) c->write_encrypted = true;
    if (type == kAlert) c->alert_sent = true;
    bool plain = type == kAlert && body == 2 && !c->write_encrypted && len - pos >= 7;
    if (plain && data[pos + 5] == 2 && c->cert_reason != KW_REASON_NONE) {
      int alert = c->cert_alert != 0 ? c->cert_alert : sdk::tls::AlertForReason(c->cert_reason, IsTls13(*c));
      data[pos + 6] = static_cast<unsigned char>(alert);
    }
    if (body > len - pos - 5) return;
    pos += 5 + body;
  }
}

}  // namespace

int PipeReceive(WOLFSSL*, char* buf, int size, void* arg) {
  auto* c = static_cast<Connection*>(arg);
  int32_t state = KW_OK;
  uint64_t n = sdk::PipeRead(c->pipe, buf, static_cast<uint64_t>(size), &state);
  if (n > 0) {
    if (!c->established && n == sizeof c->last_header) std::memcpy(c->last_header, buf, n);
    return static_cast<int>(n);
  }
  if (state == KW_OK) return WOLFSSL_CBIO_ERR_WANT_READ;
  c->carrier_ended = true;
  c->carrier_reset = state == KW_RESET;
  return c->carrier_reset ? WOLFSSL_CBIO_ERR_CONN_RST : WOLFSSL_CBIO_ERR_CONN_CLOSE;
}

int PipeSend(WOLFSSL*, char* buf, int size, void* arg) {
  auto* c = static_cast<Connection*>(arg);
  if (!c->established) WatchRecords(c, reinterpret_cast<unsigned char*>(buf), static_cast<size_t>(size));
  if (sdk::PipeWrite(c->pipe, buf, static_cast<uint64_t>(size)) != KW_OK) {
    c->out_of_memory = true;
    return WOLFSSL_CBIO_ERR_GENERAL;
  }
  return size;
}

int PlainAlertInRx(Connection* c) {
  const unsigned char* h = c->last_header;
  const uint8_t* body = nullptr;
  uint64_t len = 0;
  c->pipe->rx_peek(c->pipe, &body, &len);
  bool alert = h[0] == kAlert && h[1] == 3 && h[3] == 0 && h[4] == 2 && len >= 2 && body[0] == 2;
  return alert ? body[1] : -1;
}

void SendPlainAlert(Connection* c, int alert) {
  if (c->alert_sent || c->write_encrypted) return;
  unsigned char record[] = {kAlert, 3, 3, 0, 2, 2, static_cast<unsigned char>(alert)};
  c->alert_sent = true;
  if (sdk::PipeWrite(c->pipe, record, sizeof record) != KW_OK) c->out_of_memory = true;
}

}  // namespace keyway::tls_wolfssl
