#include "tests/conformance/operation_scene.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>
#include <utility>

#include "mmu/check.h"
#include "tests/workloads/linux/fixture.h"

namespace p9mmu::conformance {
namespace {

using interconnect::CpuId;
using interconnect::Time;

constexpr std::uint64_t kBasePage = 65536;
constexpr std::uint64_t kPmdBytes = std::uint64_t{1} << 21;

Task<void> spin_forever(Cpu& cpu) {
  co_await cpu.user_compute(Time::never());
}

/// Something is mapped above the operation's range, as libraries and the stack are: in the same PTE table
/// where the range ends inside one, else right behind it. It decides which tables a munmap frees.
workloads::Vma neighbour_of(const RecordedOperation& recorded) {
  const std::uint64_t end = recorded.start + recorded.length;
  const std::uint64_t at = end % kPmdBytes == 0 ? end : (end / kPmdBytes + 1) * kPmdBytes - kBasePage;
  return workloads::Vma{at, at + kBasePage, at};
}

/// Whoever issued the first invalidation; the calling thread runs on CPU 0, but the last thread to exit,
/// which tears the mm down, is on whatever CPU it happens to be.
std::uint32_t actor_of(const RecordedOperation& recorded) {
  return recorded.events.empty() ? 0 : recorded.events.front().cpu;
}

std::vector<Event> events_of(const std::vector<Event>& events, std::uint32_t cpu) {
  std::vector<Event> result;
  std::copy_if(events.begin(), events.end(), std::back_inserter(result),
               [cpu](const Event& event) { return event.cpu == cpu; });
  return result;
}

}  // namespace

void Recorder::note_rounds() {
  const cpus::Counters& counters = system_.counters();
  const std::int64_t rounds = counters.ipi_rounds - rounds_;
  for (std::int64_t i = 0; i < rounds; ++i) {
    Event round;
    round.kind = Event::Kind::interrupts;
    round.cpu = sender_;
    round.interrupts = static_cast<std::uint32_t>((counters.ipis_sent - interrupts_) / rounds);
    events_.push_back(round);
  }
  rounds_ = counters.ipi_rounds;
  interrupts_ = counters.ipis_sent;
}

void Recorder::note(Event::Kind kind, CpuId cpu, const mmu::TlbInvalidate& operands) {
  if (cpu.value() == sender_) {
    note_rounds();  // a target may issue its own while the round is still under way
  }
  Event event;
  event.kind = kind;
  event.cpu = cpu.value();
  event.rb = operands.encode_rb(kind == Event::Kind::tlbiel);
  event.rs = operands.encode_rs();
  event.ric = static_cast<unsigned>(operands.ric);
  event.process_scoped = operands.process_scoped;
  event.radix = operands.radix;
  events_.push_back(event);
}

void Recorder::tlbie(CpuId cpu, const mmu::TlbInvalidate& operands, Time) {
  note(Event::Kind::tlbie, cpu, operands);
}

void Recorder::tlbiel(CpuId cpu, const mmu::TlbInvalidate& operands, std::uint32_t sets, Time) {
  mmu::TlbInvalidate one = operands;
  for (std::uint32_t set = 0; set < sets; ++set) {
    one.set = operands.set + set;
    note(Event::Kind::tlbiel, cpu, one);
  }
}

const std::vector<Event>& Recorder::events() {
  note_rounds();
  return events_;
}

Scene::Scene(const RecordedOperation& operation, const KernelPolicy& policy, workloads::SiliconLevel silicon)
    : SampleMachine(p9mmu::testing::sample_interconnect(1, operation.cpus, 1)),
      recorded(operation),
      kernel(system, workloads::testing::sample_kernel(silicon), policy),
      mm(kernel.create_mm(PageSize::k64K)),
      actor_(actor_of(operation)),
      recorder_(system, actor_) {
  P9MMU_CHECK(mm.pid().value() == kMmPid, "PID " << mm.pid().value());
  system.set_invalidation_observer(&recorder_);
  mm.vmas.emplace(recorded.start,
                  workloads::Vma{recorded.start, recorded.start + recorded.length, recorded.start});
  const workloads::Vma neighbour = neighbour_of(recorded);
  mm.vmas.emplace(neighbour.start, neighbour);
  place_threads();
}

void Scene::place_threads() {
  mm.switch_to(CpuId(actor_));
  if (recorded.variant == "single") {
    mm.single_threaded = true;
    return;
  }
  for (std::uint32_t id = 0; id < recorded.cpus; ++id) {
    mm.switch_to(CpuId(id));
  }
  // Whoever tears the mm down is the last: the other threads are gone, and their bits still set.
  const bool others_gone = recorded.op.ends_with("_exit");
  if (recorded.variant == "spin" && !others_gone) {
    for (std::uint32_t id = 0; id < recorded.cpus; ++id) {
      if (id != actor_) {
        spawn(id, spin_forever(cpu(id))).pid = mm.pid();
      }
    }
  } else if (recorded.variant != "sleep") {
    mm.single_threaded = true;  // the others have been everywhere and are gone
  }
}

void Scene::perform(Task<void> operation) {
  spawn(actor_, std::move(operation)).pid = mm.pid();
  run();
}

std::string first_difference(const std::vector<Event>& recorded, const std::vector<Event>& simulated) {
  std::set<std::uint32_t> cpus;
  for (const std::vector<Event>* const events : {&recorded, &simulated}) {
    for (const Event& event : *events) {
      cpus.insert(event.cpu);
    }
  }
  const auto text_of = [](const std::vector<Event>& events, std::size_t at) {
    return at < events.size() ? events[at].text() : std::string("nothing more");
  };
  for (const std::uint32_t cpu : cpus) {
    const std::vector<Event> was = events_of(recorded, cpu);
    const std::vector<Event> is = events_of(simulated, cpu);
    const auto place = std::mismatch(was.begin(), was.end(), is.begin(), is.end());
    if (place.first != was.end() || place.second != is.end()) {
      const auto at = static_cast<std::size_t>(place.first - was.begin());
      std::ostringstream out;
      out << "event " << at + 1 << " of CPU " << cpu << ": recorded " << text_of(was, at) << ", simulated "
          << text_of(is, at) << "; in all " << was.size() << " and " << is.size();
      return out.str();
    }
  }
  return "";
}

}  // namespace p9mmu::conformance
