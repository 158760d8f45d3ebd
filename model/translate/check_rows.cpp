#include "model/translate/check_rows.h"

#include <algorithm>
#include <charconv>
#include <istream>
#include <optional>
#include <ostream>

#include "mmu/error.h"
#include "mmu/walk.h"
#include "model/translate/describe_walk.h"

namespace p9mmu::model {
namespace {

using mmu::Access;
using mmu::Context;
using mmu::EffectiveAddress;
using mmu::Mapping;
using mmu::RadixEntry;
using mmu::UserError;
using mmu::Walk;
using mmu::WalkTrace;

std::vector<std::string> split(std::string line) {
  if (!line.empty() && line.back() == '\r') {
    line.pop_back();
  }
  std::vector<std::string> cells(1);
  for (const char c : line) {
    if (c == ',') {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  return cells;
}

/// By the columns that only one kind has, and that its comparison needs.
std::optional<RowKind> kind_of(const std::vector<std::string>& header) {
  struct Signature {
    RowKind kind;
    std::vector<std::string> columns;
  };
  static const std::vector<Signature> kSignatures = {
      {RowKind::nested_probe, {"pid", "lpid", "ea", "status", "gra", "ra", "guest_pte", "host_pte"}},
      {RowKind::access, {"pid", "ea", "access", "status", "ra", "permitted", "dsisr"}},
      {RowKind::probe, {"pid", "hv", "pr", "ea", "status", "ra", "pte", "load", "store", "fetch"}},
      {RowKind::stage2, {"gra", "status", "ra", "page_shift", "pte"}},
  };
  const auto has = [&](const std::string& column) {
    return std::find(header.begin(), header.end(), column) != header.end();
  };
  for (const Signature& signature : kSignatures) {
    if (std::all_of(signature.columns.begin(), signature.columns.end(), has)) {
      return signature.kind;
    }
  }
  return std::nullopt;
}

std::uint64_t number(const Row& row, const std::string& column) {
  return parse_number(row.at(column), column);
}

std::uint32_t small_number(const Row& row, const std::string& column, unsigned bits) {
  const std::uint64_t value = number(row, column);
  if ((value >> bits) != 0) {
    throw UserError(column + " is " + row.at(column) + "; expected less than 2^" + std::to_string(bits));
  }
  return static_cast<std::uint32_t>(value);
}

bool flag(const Row& row, const std::string& column, bool otherwise) {
  return row.contains(column) ? number(row, column) != 0 : otherwise;
}

std::string flag_text(bool value) {
  return value ? "1" : "0";
}

/// What authority and privilege permit, R, C and keys aside.
bool permits(const Mapping& mapping, bool problem_state, Access access) {
  Context context;
  context.problem_state = problem_state;
  Mapping changed = mapping;
  changed.rights |= Mapping::kChanged;
  return changed.permits(context, access);
}

void add_leaf(Answer& answer, const std::string& prefix, RadixEntry leaf, mmu::PageSize size) {
  answer.emplace_back(prefix + "pte", hex(leaf.bits));
  answer.emplace_back(prefix + "page_shift", std::to_string(mmu::shift(size)));
}

void add_authority(Answer& answer, const std::string& prefix, RadixEntry leaf) {
  answer.emplace_back(prefix + "load", flag_text(leaf.readable()));
  answer.emplace_back(prefix + "store", flag_text(leaf.writable()));
  answer.emplace_back(prefix + "fetch", flag_text(leaf.executable()));
}

Context context_of(const mmu::TableImage& image, const Row& row) {
  Context context;
  context.ptcr = image.ptcr;
  context.pidr = mmu::Pid(small_number(row, "pid", mmu::kPidBits));
  context.lpidr = mmu::Lpid(row.contains("lpid") ? small_number(row, "lpid", mmu::kLpidBits) : 0);
  context.hypervisor = flag(row, "hv", context.lpidr == mmu::Lpid(0));
  context.problem_state = flag(row, "pr", true);
  return context;
}

Answer probe_answer(const mmu::TableImage& image, const Row& row) {
  const Context context = context_of(image, row);
  WalkTrace trace;
  const Walk walk = find_mapping(image.memory, context, EffectiveAddress(number(row, "ea")), trace);
  Answer answer = {{"status", status_of(walk)}};
  if (walk.ok()) {
    answer.emplace_back("ra", hex(walk.address.value()));
    add_leaf(answer, "", walk.process_leaf, walk.mapping.size);
    answer.emplace_back("pte_address", hex(walk.process_leaf_address.value()));
  }
  const auto allowed = [&](Access access) {
    return flag_text(walk.ok() && permits(walk.mapping, context.problem_state, access));
  };
  answer.emplace_back("load", allowed(Access::load));
  answer.emplace_back("store", allowed(Access::store));
  answer.emplace_back("fetch", allowed(Access::fetch));
  return answer;
}

Access access_of(const std::string& word) {
  if (word == "load") {
    return Access::load;
  }
  if (word == "store") {
    return Access::store;
  }
  if (word == "fetch") {
    return Access::fetch;
  }
  throw UserError("access is '" + word + "'" + mmu::did_you_mean(word, {"load", "store", "fetch"}) +
                  "; expected load, store or fetch");
}

Answer access_answer(mmu::TableImage& image, const Row& row) {
  const Context context = context_of(image, row);
  const Access access = access_of(row.at("access"));
  const EffectiveAddress ea(number(row, "ea"));
  WalkTrace trace;
  const Walk walk = find_mapping(image.memory, context, ea, trace);
  Answer answer = {{"status", status_of(walk)}};
  const bool permitted = walk.ok() && permits(walk.mapping, context.problem_state, access);
  answer.emplace_back("permitted", flag_text(permitted));
  if (walk.ok()) {
    answer.emplace_back("ra", hex(walk.address.value()));
    add_leaf(answer, "", walk.process_leaf, walk.mapping.size);
  }
  // A recording may leave DSISR out, as it does for fetches; R and C were set without an interrupt.
  if (!permitted && !row.at("dsisr").empty()) {
    trace.clear();
    const Walk refused = walk_access(image.memory, context, access, ea, mmu::RcUpdate::interrupt, trace);
    answer.emplace_back("dsisr", hex(make_fault(refused, access, ea).syndrome));
  }
  return answer;
}

Answer nested_answer(const mmu::TableImage& image, const Row& row) {
  const Context context = context_of(image, row);
  WalkTrace trace;
  const Walk walk = find_mapping(image.memory, context, EffectiveAddress(number(row, "ea")), trace);
  Answer answer = {{"status", status_of(walk)}};
  if (walk.ok() || (walk.partition_scoped && (walk.syndrome & mmu::syndrome::kTableAccess) == 0)) {
    answer.emplace_back("gra", hex(walk.guest_address.value()));
  }
  if (walk.ok()) {
    answer.emplace_back("ra", hex(walk.address.value()));
    add_leaf(answer, "guest_", walk.process_leaf, walk.mapping.process_size);
    add_authority(answer, "guest_", walk.process_leaf);
    answer.emplace_back("guest_privileged", flag_text(walk.process_leaf.privileged()));
    add_leaf(answer, "host_", walk.partition_leaf, walk.mapping.partition_size);
    add_authority(answer, "host_", walk.partition_leaf);
  }
  return answer;
}

Answer stage2_answer(const mmu::TableImage& image, const Row& row) {
  WalkTrace trace;
  const mmu::GuestRealAddress address(number(row, "gra"));
  const Walk walk = find_guest_mapping(image.memory, image.ptcr, image.lpid, address, trace);
  const std::string status = status_of(walk);
  Answer answer = {{"status", status == "no-partition-translation" ? "no-translation" : status}};
  if (walk.ok()) {
    answer.emplace_back("ra", hex(walk.address.value()));
    add_leaf(answer, "", walk.partition_leaf, walk.mapping.size);
  }
  return answer;
}

/// Numbers are compared as numbers: 0x0a and 0xA are the same.
bool same(const std::string& recorded, const std::string& found) {
  if (recorded == found) {
    return true;
  }
  try {
    return parse_number(recorded, "") == parse_number(found, "");
  } catch (const UserError&) {
    return false;
  }
}

}  // namespace

std::uint64_t parse_number(const std::string& text, const std::string& what) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  const char* first = text.data() + (hexadecimal ? 2 : 0);
  const char* last = text.data() + text.size();
  std::uint64_t value = 0;
  const auto result = std::from_chars(first, last, value, hexadecimal ? 16 : 10);
  if (result.ec != std::errc() || result.ptr != last) {
    throw UserError(what + " is '" + text + "'; expected a number of at most 64 bits, hexadecimal after 0x");
  }
  return value;
}

void for_each_row(std::istream& csv, const std::string& name,
                  const std::function<void(int, RowKind, const Row&)>& row) {
  std::string line;
  if (!std::getline(csv, line)) {
    throw UserError(name, 1, "empty; expected a header that names the columns");
  }
  const std::vector<std::string> header = split(line);
  const std::optional<RowKind> kind = kind_of(header);
  if (!kind.has_value()) {
    throw UserError(name, 1,
                    "not a known kind of recording; expected the columns of probes, accesses, nested probes "
                    "or stage2");
  }
  for (int number = 2; std::getline(csv, line); ++number) {
    const std::vector<std::string> cells = split(line);
    if (cells.size() != header.size()) {
      throw UserError(name, number,
                      std::to_string(cells.size()) + " columns; expected " + std::to_string(header.size()) +
                          " as in the header");
    }
    Row values;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      values[header[i]] = cells[i];
    }
    try {
      row(number, *kind, values);
    } catch (const UserError& error) {
      throw UserError(name, number, error.what());
    }
  }
}

Answer answer(mmu::TableImage& image, RowKind kind, const Row& row) {
  switch (kind) {
    case RowKind::probe:
      return probe_answer(image, row);
    case RowKind::access:
      return access_answer(image, row);
    case RowKind::nested_probe:
      return nested_answer(image, row);
    case RowKind::stage2:
      return stage2_answer(image, row);
  }
  return {};
}

std::vector<std::string> differences(const Row& row, const Answer& answer) {
  std::vector<std::string> texts;
  for (const auto& [column, found] : answer) {
    const auto recorded = row.find(column);
    if (recorded != row.end() && !same(recorded->second, found)) {
      const std::string& before = recorded->second;
      std::string text = column;
      text.append(": recorded ").append(before.empty() ? "nothing" : before).append(", found ").append(found);
      texts.push_back(text);
    }
  }
  return texts;
}

CheckResult check_rows(mmu::TableImage& image, std::istream& csv, const std::string& name,
                       std::ostream& out) {
  CheckResult result;
  for_each_row(csv, name, [&](int line, RowKind kind, const Row& row) {
    ++result.rows;
    const std::vector<std::string> texts = differences(row, answer(image, kind, row));
    if (!texts.empty()) {
      ++result.mismatches;
      const std::string& address = row.at(kind == RowKind::stage2 ? "gra" : "ea");
      for (const std::string& text : texts) {
        out << name << ":" << line << ": " << address << ": " << text << "\n";
      }
    }
  });
  out << result.rows << " rows, " << result.mismatches << " mismatches\n";
  return result;
}

}  // namespace p9mmu::model
