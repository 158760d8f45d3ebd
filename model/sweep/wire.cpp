#include "model/sweep/wire.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace p9mmu::model {
namespace {

template <typename Number>
void put(std::string& text, Number number) {
  std::array<char, sizeof(Number)> bytes{};
  std::memcpy(bytes.data(), &number, sizeof(Number));
  text.append(bytes.data(), bytes.size());
}

void put_text(std::string& text, const std::string& part) {
  put(text, std::uint64_t{part.size()});
  text += part;
}

class Decoder {
 public:
  explicit Decoder(std::string_view text) : rest_(text) {}

  template <typename Number>
  Number number() {
    Number result{};
    const std::string_view bytes = take(sizeof(Number));
    std::memcpy(&result, bytes.data(), bytes.size());
    return result;
  }
  bool flag() {
    const auto byte = number<std::uint8_t>();
    if (byte > 1) {
      fail();
    }
    return byte == 1;
  }
  std::string text() { return std::string(take(number<std::uint64_t>())); }
  void finish() const {
    if (!rest_.empty()) {
      fail();
    }
  }

 private:
  [[noreturn]] static void fail() { throw std::runtime_error("a message between processes is damaged"); }

  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) {
      fail();
    }
    const std::string_view result = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return result;
  }

  std::string_view rest_;
};

}  // namespace

std::string encode(const PointEnd& end) {
  std::string text;
  put(text, std::uint64_t{end.point});
  put(text, static_cast<std::uint8_t>(end.end.exited));
  put(text, static_cast<std::uint8_t>(end.timed_out));
  put(text, end.end.status);
  put(text, end.end.seconds);
  put(text, end.end.peak_bytes);
  put_text(text, end.end.text);
  put_text(text, end.end.said);
  return text;
}

PointEnd decode_point_end(std::string_view text) {
  Decoder decoder(text);
  PointEnd end;
  end.point = decoder.number<std::uint64_t>();
  end.end.exited = decoder.flag();
  end.timed_out = decoder.flag();
  end.end.status = decoder.number<int>();
  end.end.seconds = decoder.number<double>();
  end.end.peak_bytes = decoder.number<std::int64_t>();
  end.end.text = decoder.text();
  end.end.said = decoder.text();
  decoder.finish();
  return end;
}

TextSocket::~TextSocket() {
  ::close(descriptor_);
}

bool TextSocket::send(std::string_view text) const {
  std::string framed;
  put(framed, std::uint64_t{text.size()});
  framed += text;
  for (std::string_view rest = framed; !rest.empty();) {
    const ssize_t written = ::send(descriptor_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool TextSocket::fill() {
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t count = ::recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0) {
      pending_.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (count == 0) {
      return false;
    } else if (errno != EINTR) {
      return errno == EAGAIN;
    }
  }
}

std::optional<std::string> TextSocket::next() {
  std::uint64_t size = 0;
  if (pending_.size() < sizeof(size)) {
    return std::nullopt;
  }
  std::memcpy(&size, pending_.data(), sizeof(size));
  if (pending_.size() - sizeof(size) < size) {
    return std::nullopt;
  }
  std::string text = pending_.substr(sizeof(size), size);
  pending_.erase(0, sizeof(size) + size);
  return text;
}

}  // namespace p9mmu::model
