// Numbers and paragraphs for people, the same in every locale. It knows nothing of what the numbers mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace p9mmu::model::report {

/// The width that every text output keeps to, in columns.
inline constexpr std::size_t kTextWidth = 120;

/// With commas between thousands: 32,251,904.
[[nodiscard]] std::string grouped(std::int64_t number);

/// With that many decimals and commas between thousands: 1,229,247.5.
[[nodiscard]] std::string fixed(double number, int decimals);

/// With at least that many significant digits and no more decimals than they need: 82,150, 369.1, 0.03912.
[[nodiscard]] std::string significant(double number, int digits);

/// `text` in lines of at most kTextWidth, the first beginning with `first`, the others with as many blanks.
/// A word that is longer stands alone. Ends with a newline.
[[nodiscard]] std::string paragraph(std::string_view first, std::string_view text);

}  // namespace p9mmu::model::report
