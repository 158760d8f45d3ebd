// A fingerprint of a text, by which equal inputs are recognised: 128 bits of XXH3, as 32 hexadecimal digits,
// the same on every machine. It guards against accident, not against malice.
#pragma once

#include <string>
#include <string_view>

namespace p9mmu::model {

[[nodiscard]] std::string content_hash(std::string_view text);

}  // namespace p9mmu::model
