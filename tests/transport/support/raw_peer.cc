#include "raw_peer.h"

#include <openssl/ssl.h>

#include <string>

namespace {

struct Peer {
  SSL_CTX* ctx;
  SSL* ssl;
  BIO* in;
  BIO* out;
};

void* Open(const char* folder, int tls13) {
  auto* p = new Peer{SSL_CTX_new(TLS_client_method()), nullptr, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem())};
  std::string base(folder);
  SSL_CTX_use_certificate_chain_file(p->ctx, (base + "/redis.crt").c_str());
  SSL_CTX_use_PrivateKey_file(p->ctx, (base + "/redis.key").c_str(), SSL_FILETYPE_PEM);
  SSL_CTX_set_max_proto_version(p->ctx, tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
  p->ssl = SSL_new(p->ctx);
  SSL_set_bio(p->ssl, p->in, p->out);
  SSL_set_connect_state(p->ssl);
  return p;
}

void Close(void* peer) {
  auto* p = static_cast<Peer*>(peer);
  SSL_free(p->ssl);
  SSL_CTX_free(p->ctx);
  delete p;
}

int Verdict(Peer* p, int r) {
  if (r > 0) return r;
  return SSL_get_error(p->ssl, r) == SSL_ERROR_WANT_READ ? 0 : -1;
}

int Handshake(void* peer) {
  auto* p = static_cast<Peer*>(peer);
  return Verdict(p, SSL_do_handshake(p->ssl));
}

void Feed(void* peer, const char* data, size_t len) {
  BIO_write(static_cast<Peer*>(peer)->in, data, static_cast<int>(len));
}

size_t Take(void* peer, char* buf, size_t cap) {
  int n = BIO_read(static_cast<Peer*>(peer)->out, buf, static_cast<int>(cap));
  return n > 0 ? static_cast<size_t>(n) : 0;
}

int KeyUpdate(void* peer, int ask_for_answer) {
  auto* p = static_cast<Peer*>(peer);
  int kind = ask_for_answer ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED;
  return SSL_key_update(p->ssl, kind) == 1 && SSL_do_handshake(p->ssl) == 1 ? 1 : 0;
}

int Renegotiate(void* peer) {
  auto* p = static_cast<Peer*>(peer);
  return SSL_renegotiate(p->ssl) == 1 && Handshake(peer) == 0 ? 1 : 0;
}

int Write(void* peer, const char* data, size_t len) {
  return SSL_write(static_cast<Peer*>(peer)->ssl, data, static_cast<int>(len));
}

int Read(void* peer, char* buf, size_t cap) {
  auto* p = static_cast<Peer*>(peer);
  return Verdict(p, SSL_read(p->ssl, buf, static_cast<int>(cap)));
}

const raw_peer kTable = {Open, Close, Handshake, Feed, Take, Renegotiate, KeyUpdate, Write, Read};

}  // namespace

extern "C" __attribute__((visibility("default"))) const raw_peer* raw_peer_table() { return &kTable; }
