#include "tests/conformance/recorded_operation.h"

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "mmu/error.h"
#include "model/translate/image_file.h"

namespace p9mmu::conformance {
namespace {

using Json = nlohmann::json;

std::uint64_t hex(const Json& value) {
  return std::stoull(value.get<std::string>(), nullptr, 16);
}

/// RS with the process's own PID replaced.
std::uint64_t without_pid(std::uint64_t rs, const Json& pid) {
  const bool own = !pid.is_null() && rs >> 32 == pid.get<std::uint64_t>();
  return own ? (kMmPid << 32) | (rs & 0xffffffff) : rs;
}

Event invalidation_of(const Json& event, const Json& pid) {
  Event result;
  result.kind = event.at(2) == "tlbie" ? Event::Kind::tlbie : Event::Kind::tlbiel;
  result.cpu = event.at(0).get<std::uint32_t>();
  result.rb = hex(event.at(3));
  result.rs = without_pid(hex(event.at(4)), pid);
  result.ric = event.at(5).get<unsigned>();
  result.process_scoped = event.at(6).get<unsigned>() != 0;
  result.radix = event.at(7).get<unsigned>() != 0;
  return result;
}

/// Whether the function of an fn event is one that other CPUs were asked to run.
bool runs_for_another(const Json& event) {
  return event.at(2) == "fn" && event.at(4) == "__flush_smp_call_function_queue";
}

/// Whether a page fault flushes here: by the program, after the call that is looked at.
bool flushes_for_copy_on_write(const Json& event) {
  return event.at(2) == "fn" && event.at(3) == "radix__flush_tlb_page" && event.at(4) == "ptep_clear_flush";
}

RecordedOperation operation_of(const Json& row) {
  RecordedOperation result;
  result.id = row.at("id").get<int>();
  result.op = row.at("op").get<std::string>();
  result.pages = row.at("pages").get<std::uint64_t>();
  result.variant = row.at("variant").get<std::string>();
  result.cpus = row.at("cpus").get<std::uint32_t>();
  result.kernel = row.at("kernel").get<std::string>();
  result.start = hex(row.at("va"));
  result.length = hex(row.at("length"));
  result.result = row.at("rc").get<std::uint64_t>();
  const bool fork = result.op.ends_with("_fork");
  std::optional<std::size_t> round;  // the last round of interrupts, for those who answer it
  std::set<std::uint32_t> answered;
  for (const Json& event : row.at("events")) {
    const std::string kind = event.at(2).get<std::string>();
    if (fork && flushes_for_copy_on_write(event)) {
      break;
    }
    const auto cpu = event.at(0).get<std::uint32_t>();
    if (round && cpu != result.events[*round].cpu && (runs_for_another(event) || kind == "tlbiel")) {
      answered.insert(cpu);
      result.events[*round].interrupts = static_cast<std::uint32_t>(answered.size());
    }
    if (kind == "tlbie" || kind == "tlbiel") {
      result.events.push_back(invalidation_of(event, row.at("pid")));
    } else if (kind == "smpcall") {
      round = result.events.size();
      answered.clear();
      Event sent;
      sent.kind = Event::Kind::interrupts;
      sent.cpu = cpu;
      result.events.push_back(sent);
    }
  }
  // With no other CPU there is nobody to call.
  std::erase_if(result.events, [](const Event& event) {
    return event.kind == Event::Kind::interrupts && event.interrupts == 0;
  });
  if (!row.at("instructions").is_null() && !fork) {
    result.instructions = row.at("instructions").get<std::map<std::string, std::int64_t>>();
  }
  return result;
}

}  // namespace

std::string Event::text() const {
  std::ostringstream out;
  out << "CPU " << cpu << ": ";
  if (kind == Kind::interrupts) {
    out << interrupts << " interrupts";
    return out.str();
  }
  out << (kind == Kind::tlbie ? "tlbie" : "tlbiel") << " RIC=" << ric << " PRS=" << process_scoped
      << " R=" << radix << std::hex << " RB=0x" << rb << " RS=0x" << rs;
  return out.str();
}

std::string RecordedOperation::name() const {
  return std::to_string(pages) + (pages == 1 ? " page, " : " pages, ") + variant + ", " +
         std::to_string(cpus) + (cpus == 1 ? " CPU" : " CPUs") + " (row " + std::to_string(id) + ")";
}

std::vector<RecordedOperation> read_recording(const std::string& path) {
  const std::vector<std::byte> bytes = model::read_bytes(path);
  std::istringstream lines(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  std::vector<RecordedOperation> result;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    try {
      result.push_back(operation_of(Json::parse(line)));
    } catch (const std::exception& error) {
      throw mmu::UserError(path, number, error.what());
    }
  }
  return result;
}

}  // namespace p9mmu::conformance
