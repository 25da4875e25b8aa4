#include "pipe_bio.h"

#include <climits>

#include "connection.h"
#include "keyway/error.hpp"

namespace keyway::tls_openssl {

namespace {

constexpr int kType = 100 | BIO_TYPE_SOURCE_SINK;

int Read(BIO* bio, char* buf, size_t cap, size_t* done) {
  auto* conn = static_cast<Connection*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  int32_t state = KW_OK;
  *done = sdk::PipeRead(conn->pipe, buf, cap, &state);
  if (*done > 0) return 1;
  if (state == KW_OK) {
    BIO_set_retry_read(bio);
    return 0;
  }
  conn->carrier_ended = true;
  conn->carrier_reset = state == KW_RESET;
  return 0;
}

int Write(BIO* bio, const char* data, size_t len, size_t* done) {
  auto* conn = static_cast<Connection*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  *done = 0;
  if (sdk::PipeWrite(conn->pipe, data, len) != KW_OK) {
    conn->out_of_memory = true;
    return 0;
  }
  *done = len;
  return 1;
}

long Control(BIO* bio, int command, long, void*) {
  switch (command) {
    case BIO_CTRL_FLUSH:
    case BIO_CTRL_DUP:
      return 1;
    case BIO_CTRL_EOF:
      return static_cast<Connection*>(BIO_get_data(bio))->carrier_ended ? 1 : 0;
    default:
      return 0;
  }
}

int Create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

}  // namespace

BioMethodPtr NewPipeBioMethod() {
  BioMethodPtr method(BIO_meth_new(kType, "keyway pipe"));
  if (method) {
    BIO_meth_set_read_ex(method.get(), Read);
    BIO_meth_set_write_ex(method.get(), Write);
    BIO_meth_set_ctrl(method.get(), Control);
    BIO_meth_set_create(method.get(), Create);
  }
  return method;
}

}  // namespace keyway::tls_openssl
