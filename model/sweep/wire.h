// Texts through a stream socket, and a point's end as a text: how the processes of a sweep talk to each other
// on one host and between hosts of the same kind.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/sweep/point_record.h"

namespace p9mmu::model {

[[nodiscard]] std::string encode(const PointEnd& end);
/// Throws std::runtime_error for anything that encode() does not write.
[[nodiscard]] PointEnd decode_point_end(std::string_view text);

/// One end of a connection that carries texts in both directions. Closes it at the end.
class TextSocket {
 public:
  explicit TextSocket(int descriptor) : descriptor_(descriptor) {}
  ~TextSocket();
  TextSocket(const TextSocket&) = delete;
  TextSocket& operator=(const TextSocket&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// False once the other end is gone.
  bool send(std::string_view text) const;
  /// Takes in what has come, without waiting. False once the other end is gone.
  bool fill();
  /// The next text that has come whole.
  [[nodiscard]] std::optional<std::string> next();

 private:
  int descriptor_;
  std::string pending_;
};

}  // namespace p9mmu::model
