// The C++ files of the project, as one map from path to text. Not for build folders or documents.
#pragma once

#include <map>
#include <string>

namespace p9mmu::layering {

/// Every C++ file under the rooms and tests/, by path relative to the root, with forward slashes. `room` also
/// matches "tests".
[[nodiscard]] std::map<std::string, std::string> source_tree();

/// A file of the project by its path from the root; the test fails if it is not there.
[[nodiscard]] std::string read_document(const std::string& path);

}  // namespace p9mmu::layering
