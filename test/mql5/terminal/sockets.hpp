// Sockets with the terminal's manners: connecting blocks; nothing can be sent in the turn that connected; sends may take a part;
// a read of more than is there blocks; SocketIsReadable may say 1 of nothing; a half-open connection looks alive.
#pragma once
#include "state.hpp"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace shim {
/** Follows the frames of one direction, so that traps can spring at one of a kind. */
class FrameWatch {
public:
  // The length of the part of bytes that may pass before the first frame of a trapped type begins.
  template <class F> size_t upTo(const std::string &bytes, F trapped) {
    Walk probe = walk;
    for (size_t at = 0; at < bytes.size(); at++)
      if (probe.step((unsigned char)bytes[at]) == Walk::TYPED && trapped(probe.type)) return at >= 6 ? at - 6 : 0;
    return bytes.size();
  }
  template <class F> void pass(const std::string &bytes, F whole) {
    for (const char byte : bytes)
      if (walk.step((unsigned char)byte) == Walk::WHOLE) whole(walk.type);
  }

private:
  struct Walk {
    enum Step { ON, TYPED, WHOLE };
    size_t at = 0;
    uint length = 0;
    uchar type = 0;
    Step step(uchar byte) {
      if (at == 6) type = byte;
      if (at >= 8 && at < 12) length = at == 8 ? byte : length | ((uint)byte << (8 * (at - 8)));
      at++;
      if (at == 7) return TYPED;
      if (at >= 40 && at == 40 + length) {
        at = 0;
        return WHOLE;
      }
      return ON;
    }
  };
  Walk walk;
};

struct Socket {
  int fd = -1;
  bool connected = false;
  bool stalled = false;
  long connectedTurn = -1;
  SSL *tls = nullptr;
  uint sendMs = 10000, receiveMs = 10000;
  FrameWatch sent, received;
};
inline std::map<int, Socket> sockets;
inline int nextSocket = 1;
inline bool manners = true;
inline bool netDown = false; // nothing connects
inline int sendsCounted = 0, emptyLooks = 0;

inline std::string typeName(const char *way, uchar type, const char *when) {
  char text[40];
  std::snprintf(text, sizeof text, "%s.%02x%s", way, type, when);
  return text;
}
inline Socket *socketOf(int handle) {
  const auto found = sockets.find(handle);
  if (found != sockets.end()) return &found->second;
  lastError = ERR_NETSOCKET_INVALIDHANDLE;
  return nullptr;
}
inline void drop(Socket &socket) {
  if (socket.tls) SSL_free(socket.tls);
  socket.tls = nullptr;
  if (socket.fd >= 0) ::close(socket.fd);
  socket.fd = -1;
  socket.connected = false;
}
inline int broken(Socket &socket) {
  drop(socket);
  lastError = ERR_NETSOCKET_IO_ERROR;
  return -1;
}
inline void cutAll(bool stall) {
  for (auto &[handle, socket] : sockets) {
    if (stall) socket.stalled = true;
    else if (socket.fd >= 0) {
      // As a cable pulled: what lies in the buffers is lost.
      const linger now{1, 0};
      ::setsockopt(socket.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
      if (socket.tls) SSL_set_quiet_shutdown(socket.tls, 1);
      drop(socket);
    }
  }
}
inline const bool cutting = (cutConnections = cutAll, true);

inline void tellBlocked(const char *where, long sinceUs) {
  const long ms = (monotonicUs() - sinceUs) / 1000;
  if (ms > 100) Event("blocked").put("in", where).put("ms", ms).say();
}
inline bool waitFor(int fd, short what, long ms) {
  pollfd one{fd, what, 0};
  return ::poll(&one, 1, (int)ms) > 0;
}
inline SSL_CTX *tlsContext() {
  static SSL_CTX *made = nullptr;
  if (made) return made;
  made = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_verify(made, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (!terminal.caFile.empty()) SSL_CTX_load_verify_locations(made, terminal.caFile.c_str(), nullptr);
  return made;
}
inline bool handshake(Socket &socket, const std::string &host) {
  SSL *tls = SSL_new(tlsContext());
  in_addr address;
  if (::inet_pton(AF_INET, host.c_str(), &address) == 1) X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host.c_str());
  else {
    SSL_set1_host(tls, host.c_str());
    SSL_set_tlsext_host_name(tls, host.c_str());
  }
  SSL_set_fd(tls, socket.fd);
  const long start = monotonicUs();
  for (;;) {
    const int done = SSL_connect(tls);
    if (done == 1) break;
    const int why = SSL_get_error(tls, done);
    const long left = 5000 - (monotonicUs() - start) / 1000;
    if ((why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) || left <= 0 || !waitFor(socket.fd, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, left)) {
      Event("tls").put("failed", X509_verify_cert_error_string(SSL_get_verify_result(tls))).say();
      SSL_free(tls);
      drop(socket);
      return failWith(ERR_NETSOCKET_HANDSHAKE_FAILED);
    }
  }
  socket.tls = tls;
  return true;
}
/** -1 broken, 0 nothing there. */
inline int receive(Socket &socket, char *to, int wanted) {
  if (socket.stalled) return 0;
  if (socket.tls) {
    ERR_clear_error();
    const int n = SSL_read(socket.tls, to, wanted);
    if (n > 0) return n;
    const int why = SSL_get_error(socket.tls, n);
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
  }
  const ssize_t n = ::recv(socket.fd, to, (size_t)wanted, 0);
  return n > 0 ? (int)n : n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : -1;
}
inline int put(Socket &socket, const std::string &bytes) {
  if (socket.stalled) return (int)bytes.size();
  if (socket.tls) {
    ERR_clear_error();
    const int n = SSL_write(socket.tls, bytes.data(), (int)bytes.size());
    if (n > 0) return n;
    const int why = SSL_get_error(socket.tls, n);
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
  }
  const ssize_t n = ::send(socket.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  return n >= 0 ? (int)n : errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
}
inline int send(int handle, const ShimArray<uchar> &buffer, uint length, bool tls) {
  Socket *socket = socketOf(handle);
  if (!socket) return -1;
  if (length > (uint)buffer.shimSize()) fault("a send of more than the buffer holds");
  if (!socket->connected || (socket->tls != nullptr) != tls) return broken(*socket);
  if (socket->connectedTurn == turn) {
    Event("manner").put("what", "sent in the turn that connected").say();
    lastError = ERR_NETSOCKET_IO_ERROR;
    return -1;
  }
  std::string bytes((const char *)buffer.shimData(), length);
  sendsCounted++;
  if (manners && bytes.size() > 1 && sendsCounted % 3 == 0) bytes.resize(bytes.size() / 2 + 1);
  // A trap before a frame lets what lies before it out, and springs there.
  uchar trapped = 0;
  const size_t free = socket->sent.upTo(bytes, [&](uchar type) {
    const auto found = traps.find(typeName("send", type, ".before"));
    trapped = type;
    return found != traps.end();
  });
  const bool springs = free < bytes.size();
  if (springs) bytes.resize(free);
  if (!bytes.empty()) {
    const int n = put(*socket, bytes);
    if (n < 0) return broken(*socket);
    bytes.resize((size_t)n);
    std::vector<uchar> whole;
    socket->sent.pass(bytes, [&](uchar type) { whole.push_back(type); });
    for (const uchar type : whole) {
      Event("sent").put("type", (int)type).say();
      if (passes(typeName("send", type, ".after"))) return socket->connected ? n : broken(*socket);
    }
    if (!springs) return n;
  }
  if (springs && passes(typeName("send", trapped, ".before"))) return socket->connected ? (int)bytes.size() : broken(*socket);
  return (int)bytes.size();
}
inline int hand(Socket &socket, ShimArray<uchar> &buffer, const std::string &bytes) {
  buffer.shimResize((int)bytes.size());
  std::memcpy(buffer.shimData(), bytes.data(), bytes.size());
  std::vector<uchar> whole;
  socket.received.pass(bytes, [&](uchar type) { whole.push_back(type); });
  for (const uchar type : whole) {
    Event("received").put("type", (int)type).say();
    passes(typeName("receive", type, ""));
  }
  return (int)bytes.size();
}
/** Reads until all that was asked for is there, or the time is over. */
inline int readBlocking(int handle, ShimArray<uchar> &buffer, uint wanted, long ms, bool tls) {
  Socket *socket = socketOf(handle);
  if (!socket) return -1;
  if (!socket->connected || (socket->tls != nullptr) != tls) return broken(*socket);
  const long start = monotonicUs();
  std::string got;
  bool lost = false;
  while (got.size() < wanted) {
    char block[65536];
    const int n = receive(*socket, block, (int)std::min((size_t)wanted - got.size(), sizeof block));
    if (n > 0) got.append(block, (size_t)n);
    else if (n < 0) {
      lost = true;
      break;
    } else {
      const long left = ms - (monotonicUs() - start) / 1000;
      if (left <= 0) break;
      if (socket->stalled) ::usleep((useconds_t)left * 1000);
      else waitFor(socket->fd, POLLIN, left);
    }
  }
  tellBlocked(tls ? "SocketTlsRead" : "SocketRead", start);
  if (!got.empty()) return hand(*socket, buffer, got);
  if (lost) return broken(*socket);
  lastError = ERR_NETSOCKET_IO_ERROR;
  return -1;
}
} // namespace shim

#define SOCKET_DEFAULT 0u
inline int SocketCreate(uint flags = SOCKET_DEFAULT) {
  (void)flags;
  if (shim::terminal.tester) {
    shim::lastError = ERR_FUNCTION_NOT_ALLOWED;
    return INVALID_HANDLE;
  }
  if (shim::sockets.size() >= 128) {
    shim::lastError = ERR_NETSOCKET_TOO_MANY_OPENED;
    return INVALID_HANDLE;
  }
  const int handle = shim::nextSocket++;
  shim::sockets[handle] = shim::Socket();
  return handle;
}
inline bool SocketClose(const int handle) {
  shim::Socket *socket = shim::socketOf(handle);
  if (!socket) return false;
  if (socket->tls && !socket->stalled) SSL_shutdown(socket->tls);
  shim::drop(*socket);
  shim::sockets.erase(handle);
  return true;
}
inline bool SocketConnect(int handle, const string &server, uint port, uint timeoutMs) {
  shim::Socket *socket = shim::socketOf(handle);
  if (!socket) return false;
  const std::string host = server.shimText();
  if (shim::terminal.tester || !shim::terminal.allowedHosts.count(host)) return shim::failWith(ERR_FUNCTION_NOT_ALLOWED);
  const auto route = shim::terminal.routes.find((int)port);
  const std::string service = std::to_string(route == shim::terminal.routes.end() ? (int)port : route->second);
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  const long start = shim::monotonicUs();
  if (shim::netDown || ::getaddrinfo(host.c_str(), service.c_str(), &hints, &found) != 0) return shim::failWith(ERR_NETSOCKET_CANNOT_CONNECT);
  const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int failed = ::connect(fd, found->ai_addr, found->ai_addrlen) == 0 ? 0 : errno;
  ::freeaddrinfo(found);
  if (failed == EINPROGRESS) {
    socklen_t size = sizeof failed;
    if (!shim::waitFor(fd, POLLOUT, timeoutMs) || ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size) != 0) failed = ETIMEDOUT;
  }
  shim::tellBlocked("SocketConnect", start);
  if (failed) {
    ::close(fd);
    return shim::failWith(ERR_NETSOCKET_CANNOT_CONNECT);
  }
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  shim::drop(*socket);
  socket->fd = fd;
  socket->connected = true;
  socket->stalled = false;
  socket->connectedTurn = shim::turn;
  socket->sent = socket->received = shim::FrameWatch();
  if (port == 443 && !shim::handshake(*socket, host)) return false;
  return true;
}
inline bool SocketTlsHandshake(int handle, const string &host) {
  shim::Socket *socket = shim::socketOf(handle);
  if (!socket) return false;
  if (!socket->connected || socket->tls) return shim::failWith(ERR_NETSOCKET_HANDSHAKE_FAILED);
  return shim::handshake(*socket, host.shimText());
}
inline bool SocketTlsCertificate(int handle, string &subject, string &issuer, string &serial, string &thumbprint, datetime &expiration) {
  shim::Socket *socket = shim::socketOf(handle);
  X509 *shown = socket && socket->tls ? SSL_get_peer_certificate(socket->tls) : nullptr;
  if (!shown) return shim::failWith(ERR_NETSOCKET_NO_CERTIFICATE);
  char name[256];
  X509_NAME_oneline(X509_get_subject_name(shown), name, sizeof name);
  subject = string::shimOf(name);
  X509_NAME_oneline(X509_get_issuer_name(shown), name, sizeof name);
  issuer = string::shimOf(name);
  serial = "1";
  uchar digest[EVP_MAX_MD_SIZE];
  uint size = 0;
  X509_digest(shown, EVP_sha1(), digest, &size);
  std::string hex;
  for (uint i = 0; i < size; i++) {
    char two[4];
    std::snprintf(two, sizeof two, "%02x", digest[i]);
    hex += two;
  }
  thumbprint = string::shimOf(hex);
  tm until{};
  ASN1_TIME_to_tm(X509_get0_notAfter(shown), &until);
  expiration = (datetime)timegm(&until);
  X509_free(shown);
  return true;
}
inline bool SocketIsConnected(const int handle) {
  shim::Socket *socket = shim::socketOf(handle);
  if (!socket || !socket->connected) return false;
  if (socket->stalled) return true;
  char byte;
  const ssize_t n = ::recv(socket->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n > 0 || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
}
/** How many bytes lie there. Of an empty buffer it says 1 now and then, as the terminal does. */
inline uint SocketIsReadable(const int handle) {
  shim::Socket *socket = shim::socketOf(handle);
  if (!socket || !socket->connected) return 0;
  int there = 0;
  if (!socket->stalled) ::ioctl(socket->fd, FIONREAD, &there);
  if (there == 0 && shim::manners && ++shim::emptyLooks % 7 == 0) return 1;
  return (uint)there;
}
inline bool SocketIsWritable(const int handle) {
  shim::Socket *socket = shim::socketOf(handle);
  return socket && socket->connected && (socket->stalled || shim::waitFor(socket->fd, POLLOUT, 0));
}
inline bool SocketTimeouts(int handle, uint sendMs, uint receiveMs) {
  shim::Socket *socket = shim::socketOf(handle);
  if (!socket) return false;
  socket->sendMs = sendMs;
  socket->receiveMs = receiveMs;
  return true;
}
inline int SocketSend(int handle, const ShimArray<uchar> &buffer, uint length) { return shim::send(handle, buffer, length, false); }
inline int SocketTlsSend(int handle, const ShimArray<uchar> &buffer, uint length) { return shim::send(handle, buffer, length, true); }
/** A timeout of 0 waits for two minutes. */
inline int SocketRead(int handle, ShimArray<uchar> &buffer, uint wanted, uint timeoutMs) {
  return shim::readBlocking(handle, buffer, wanted, timeoutMs == 0 ? 120000 : (long)timeoutMs, false);
}
inline int SocketTlsRead(int handle, ShimArray<uchar> &buffer, uint wanted) {
  shim::Socket *socket = shim::socketOf(handle);
  return socket ? shim::readBlocking(handle, buffer, wanted, (long)socket->receiveMs, true) : -1;
}
inline int SocketTlsReadAvailable(int handle, ShimArray<uchar> &buffer, const uint most) {
  shim::Socket *socket = shim::socketOf(handle);
  if (!socket) return -1;
  if (!socket->connected || !socket->tls) return shim::broken(*socket);
  std::string got;
  while (got.size() < most) {
    char block[65536];
    const int n = shim::receive(*socket, block, (int)std::min((size_t)most - got.size(), sizeof block));
    if (n > 0) got.append(block, (size_t)n);
    else if (n < 0 && got.empty()) return shim::broken(*socket);
    else break;
  }
  return got.empty() ? 0 : shim::hand(*socket, buffer, got);
}

inline int CryptEncode(ENUM_CRYPT_METHOD method, const ShimArray<uchar> &data, const ShimArray<uchar> &key, ShimArray<uchar> &result) {
  (void)key;
  const EVP_MD *kind = method == CRYPT_HASH_SHA256 ? EVP_sha256() : method == CRYPT_HASH_SHA1 ? EVP_sha1() : method == CRYPT_HASH_MD5 ? EVP_md5() : nullptr;
  if (!kind) shim::fault("CryptEncode does hashes alone here");
  uchar digest[EVP_MAX_MD_SIZE];
  uint size = 0;
  EVP_Digest(data.shimData(), (size_t)data.shimSize(), digest, &size, kind, nullptr);
  result.shimResize((int)size);
  std::memcpy(result.shimData(), digest, size);
  return (int)size;
}
