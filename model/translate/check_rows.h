// Recorded translations against what the tables of an image say: the four kinds of CSV that go with captured
// images, told apart by their header. Probes (what an address is mapped to), accesses (what happened to real
// loads, stores and fetches), nested probes, and the partition-scoped step alone. It reports; whether a
// mismatch is a failure is the caller's.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "mmu/table_image.h"

namespace p9mmu::model {

/// One row, column by column, as recorded.
using Row = std::map<std::string, std::string>;

/// What the tables say about a row, for the columns that can be compared; the same texts as in a recording.
using Answer = std::vector<std::pair<std::string, std::string>>;

struct CheckResult {
  std::uint64_t rows = 0;
  std::uint64_t mismatches = 0;  ///< rows of which at least one column differs
};

/// Calls `row(number of the line, kind, row)` for each row of a CSV of one of the four kinds. Throws
/// mmu::UserError, naming `name` and the line, for anything else.
enum class RowKind : std::uint8_t { probe, access, nested_probe, stage2 };
void for_each_row(std::istream& csv, const std::string& name,
                  const std::function<void(int, RowKind, const Row&)>& row);

/// What a walk of the image says about a row. Throws mmu::UserError, without file or line, for a value that
/// is none.
[[nodiscard]] Answer answer(mmu::TableImage& image, RowKind kind, const Row& row);

/// The columns in which an answer differs from the row: "ra: recorded 0x1000, found 0x2000".
[[nodiscard]] std::vector<std::string> differences(const Row& row, const Answer& answer);

/// Compares each row of `csv` and prints the differences to `out`, with a closing line.
CheckResult check_rows(mmu::TableImage& image, std::istream& csv, const std::string& name, std::ostream& out);

/// A number as recorded: decimal, or hexadecimal after 0x. Throws mmu::UserError for anything else.
[[nodiscard]] std::uint64_t parse_number(const std::string& text, const std::string& what);

}  // namespace p9mmu::model
