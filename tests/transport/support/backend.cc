#include "tests/transport/support/backend.h"

#include <dlfcn.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>

#include <gtest/gtest.h>

namespace keyway::test {

namespace {

std::mutex log_mutex;
std::string log_text;

void HostLog(const kw_host*, uint32_t, const kw_host_conn*, const char* text) {
  std::lock_guard lock(log_mutex);
  log_text += std::string(text) + "\n";
}
int64_t HostNow(const kw_host*) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}
void* HostAlloc(const kw_host*, uint64_t size) { return std::malloc(size); }
void HostFree(const kw_host*, void* p) { std::free(p); }
void HostWipe(const kw_host*, void* p, uint64_t n) { std::memset(p, 0, n); }
int32_t HostIoAdd(const kw_host*, kw_loop*, int32_t, uint32_t, kw_io_fn, void*, kw_io**) { return KW_E_UNSUPPORTED; }
int32_t HostIoChange(const kw_host*, kw_io*, uint32_t) { return KW_E_UNSUPPORTED; }
void HostIoRemove(const kw_host*, kw_io*) {}
int32_t HostTimerAdd(const kw_host*, kw_loop*, int64_t, kw_fn, void*, kw_timer**) { return KW_E_UNSUPPORTED; }
void HostTimerCancel(const kw_host*, kw_timer*) {}
int32_t HostPost(const kw_host*, kw_loop*, kw_fn, void*) { return KW_E_UNSUPPORTED; }
void HostConnReady(const kw_host*, kw_host_conn*, uint32_t) {}
int32_t HostConnIncoming(const kw_host*, kw_host_listener*, kw_conn*, const kw_address*, kw_host_conn**) {
  return KW_E_UNSUPPORTED;
}
const void* HostExtension(const kw_host*, const char*) { return nullptr; }

const kw_host kHost = {
    .size = sizeof(kw_host),
    .abi_minor = KW_ABI_MINOR,
    .name = "transport tests",
    .version = "1",
    .log = HostLog,
    .now_ns = HostNow,
    .alloc = HostAlloc,
    .free = HostFree,
    .wipe = HostWipe,
    .io_add = HostIoAdd,
    .io_change = HostIoChange,
    .io_remove = HostIoRemove,
    .timer_add = HostTimerAdd,
    .timer_cancel = HostTimerCancel,
    .post = HostPost,
    .conn_ready = HostConnReady,
    .conn_incoming = HostConnIncoming,
    .get_extension = HostExtension,
};

std::string EnvName(const std::string& id) {
  std::string name = "KW_TRANSPORT_";
  for (char c : id) name += c == '-' ? '_' : static_cast<char>(std::toupper(c));
  return name;
}

const kw_transport* Load(const std::string& id) {
  const char* path = std::getenv(EnvName(id).c_str());
  if (path == nullptr) return nullptr;
  void* handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    ADD_FAILURE() << dlerror();
    return nullptr;
  }
  auto query = reinterpret_cast<kw_transport_query_fn>(dlsym(handle, KW_QUERY_SYMBOL));
  const kw_transport* transport = nullptr;
  Err err;
  if (query == nullptr || query(KW_ABI_MAJOR, KW_ABI_MINOR, &transport) != KW_OK ||
      transport->init(&kHost, &err) != KW_OK) {
    ADD_FAILURE() << "cannot start " << path << ": " << err.text;
    return nullptr;
  }
  return transport;
}

}  // namespace

const kw_transport* Transport(const std::string& id) {
  static std::mutex mutex;
  static std::map<std::string, const kw_transport*> loaded;
  std::lock_guard lock(mutex);
  auto it = loaded.find(id);
  if (it == loaded.end()) it = loaded.emplace(id, Load(id)).first;
  return it->second;
}

std::vector<std::string> TlsBackends() {
  std::vector<std::string> out;
  for (const char* id : {"tls-openssl", "tls-wolfssl"}) {
    if (std::getenv(EnvName(id).c_str()) != nullptr) out.emplace_back(id);
  }
  return out;
}

std::string LoggedText() {
  std::lock_guard lock(log_mutex);
  return log_text;
}

std::string CertPath(const std::string& name) {
  const char* folder = std::getenv("KW_TEST_CERTS");
  return std::string(folder != nullptr ? folder : ".") + "/" + name;
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

Settings& Settings::Set(const std::string& name, const std::string& value) {
  items_.push_back({name, value, "", 0});
  return *this;
}

Settings& Settings::File(const std::string& name, const std::string& cert_name) {
  items_.push_back({name, ReadFile(CertPath(cert_name)), CertPath(cert_name), 0});
  return *this;
}

Settings& Settings::Uri(const std::string& name, const std::string& uri) {
  items_.push_back({name, uri, "", KW_SETTING_URI});
  return *this;
}

Settings& Settings::Remove(const std::string& name) {
  std::erase_if(items_, [&](const Item& item) { return item.name == name; });
  return *this;
}

const kw_settings* Settings::abi() {
  settings_.clear();
  pointers_.clear();
  for (const Item& item : items_) {
    settings_.push_back({sizeof(kw_setting), item.flags, item.name.c_str(), item.value.c_str(), item.value.size(),
                         item.origin.empty() ? nullptr : item.origin.c_str()});
  }
  for (const kw_setting& s : settings_) pointers_.push_back(&s);
  abi_ = {sizeof(kw_settings), static_cast<uint32_t>(pointers_.size()), pointers_.data(), "test", sides_, 0};
  return &abi_;
}

Settings GoodTls(uint32_t sides) {
  return Settings(sides)
      .File("tls-cert-file", "redis.crt")
      .File("tls-key-file", "redis.key")
      .File("tls-ca-cert-file", "ca.crt");
}

Context::Context(const kw_transport* transport, Settings settings) : transport_(transport) {
  Err err;
  int32_t r = transport->context_create(settings.abi(), &ctx_, &err);
  EXPECT_EQ(r, KW_OK) << transport->id << ": " << err.setting << ": " << err.text;
}

Context::~Context() {
  if (ctx_ != nullptr) transport_->context_free(ctx_);
}

}  // namespace keyway::test
