// Texts with units, as scripts and their users write them: sizes ("496GiB"), times ("10us"), lists of CPUs
// ("0-63,128-191:4"). Independent of locale and exact: a text that does not come to a whole number of bytes
// or picoseconds is refused. Machine files have units of their own and are not read here.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "interconnect/time.h"
#include "mmu/address.h"

namespace p9mmu::workloads {

/// Bytes of "64K", "2MiB", "1.5GiB", "4096"; powers of 1024, at most 2^63 - 1. Throws mmu::UserError.
[[nodiscard]] std::uint64_t parse_size(std::string_view text);

/// A span of time such as "10us", "1.5ms", "200ns", "7ps", "2s"; not negative. Throws mmu::UserError.
[[nodiscard]] interconnect::Time parse_time(std::string_view text);

/// CPUs of "all", "0-63", "0-127:4" (every 4th), "0,4,8-11", in ascending order, each once. Throws
/// mmu::UserError for bad syntax and for a CPU that a machine of `machine_cpus` does not have.
[[nodiscard]] std::vector<std::uint32_t> parse_cpu_list(std::string_view text, std::uint32_t machine_cpus);

/// Throws mmu::UserError unless a machine of `machine_cpus` has a CPU of that number.
void check_cpu(std::int64_t cpu, std::uint32_t machine_cpus);

/// "4K", "64K", "2M" or "1G". Throws mmu::UserError.
[[nodiscard]] mmu::PageSize parse_page_size(std::string_view text);

}  // namespace p9mmu::workloads
