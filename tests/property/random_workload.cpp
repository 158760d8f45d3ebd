#include "tests/property/random_workload.h"

#include <random>
#include <sstream>

namespace p9mmu::tests {
namespace {

/// Whole numbers from a seed, by modulo: the standard's distributions differ between libraries.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  /// From `low` to `high`, both included.
  std::uint64_t roll(std::uint64_t low, std::uint64_t high) { return low + engine_() % (high - low + 1); }
  bool one_in(std::uint64_t n) { return roll(1, n) == 1; }
  const char* pick(const std::vector<const char*>& words) { return words[roll(0, words.size() - 1)]; }

 private:
  std::mt19937_64 engine_;
};

std::uint64_t shape_machine(Dice& dice, std::vector<std::string>& sets) {
  const std::uint64_t chips = dice.roll(1, 3);
  const std::uint64_t cores = dice.roll(1, 4);
  const std::uint64_t threads = dice.pick({"1", "2", "4"})[0] - static_cast<std::uint64_t>('0');
  sets.push_back("topology.chips=" + std::to_string(chips));
  sets.push_back("topology.cores_per_chip=" + std::to_string(cores));
  sets.push_back("topology.threads_per_core=" + std::to_string(threads));
  sets.push_back(std::string("linux.silicon=") + dice.pick({"dd2.2", "dd2.3"}));
  sets.push_back(std::string("fabric.ipi.controller=") + dice.pick({"doorbell", "xive"}));
  sets.push_back(std::string("idle.firmware=") + dice.pick({"before-2018-03", "since-2018-03"}));
  if (dice.one_in(3)) {
    sets.emplace_back("idle.governor=fixed");
    sets.push_back(std::string("idle.fixed_state=") + dice.pick({"snooze", "stop0", "stop2", "stop4"}));
  }
  if (dice.one_in(4)) {
    sets.emplace_back("stress.random_delay=500ns");
  }
  return chips * cores * threads;
}

/// What a thread does between its requests that matter.
void pause(Dice& dice, std::ostringstream& out) {
  switch (dice.roll(0, 3)) {
    case 0:
      out << "  t:compute(\"" << dice.roll(1, 20'000) << "ns\")\n";
      break;
    case 1:
      out << "  t:sleep(\"" << dice.roll(1, 300) << "us\")\n";
      break;
    case 2:
      out << "  t:irq_disable()\n  t:compute(\"" << dice.roll(1, 9'000) << "ns\")\n  t:irq_enable()\n";
      break;
    default:
      break;
  }
}

void teardown_thread(Dice& dice, std::ostringstream& out, std::uint64_t number, std::uint64_t spaces) {
  const std::uint64_t mm = dice.roll(1, spaces);
  const char* page = dice.one_in(5) ? "base" : "2M";
  const std::uint64_t pages = dice.roll(1, 24);
  const bool faults = dice.one_in(4);  // touched page by page instead of populated beforehand
  out << "do local m = spaces[" << mm << "]\n"
      << "local page, bytes = \"2M\", 2 * MiB\n"
      << "if \"" << page << "\" == \"base\" then page, bytes = m.page, m.bytes end\n"
      << "local at = m.mm:mmap(" << pages << " * bytes)\n"
      << "m.torn = at\n"
      << (faults ? "" : "m.mm:populate(at, " + std::to_string(pages) + " * bytes, page)\n") << "spawn("
      << number << " * 7 % machine.cpus, function(t)\n";
  pause(dice, out);
  out << "  t:use(m.mm)\n";
  pause(dice, out);
  if (faults || dice.one_in(3)) {
    out << "  for i = 0, " << pages - 1 << " do t:" << dice.pick({"load", "store"})
        << "(m.mm, at + i * bytes) end\n";
  }
  out << "  measure(\"munmap " << number << "\", function() t:munmap(m.mm, at, " << pages
      << " * bytes) end)\n";
  pause(dice, out);
  out << "end) end\n";
}

/// Something that a thread does to the 8 MiB at `m.kept`, which stay mapped, or to the 4 MiB at `mine`, which
/// are its own.
void change_memory(Dice& dice, std::ostringstream& out) {
  const std::uint64_t page = dice.roll(0, 127);
  const std::uint64_t pages = dice.one_in(2) ? dice.roll(1, 128 - page) : 1;
  const std::string huge = "m.kept + " + std::to_string(page / 32 * 2) + " * MiB";
  switch (dice.roll(0, 6)) {
    case 0:
      out << "  t:madvise_dontneed(m.mm, m.kept + " << page << " * 65536, " << pages << " * 65536)\n";
      break;
    case 1:
      out << "  t:madvise_dontneed(m.mm, " << huge << ", 2 * MiB)\n";
      break;
    case 2:
      out << "  t:split_huge_page(m.mm, " << huge << ")\n";
      break;
    case 3:
      out << "  t:collapse(m.mm, " << huge << ")\n";
      break;
    case 4:
      out << "  t:mprotect(m.mm, mine + " << dice.roll(0, 31) << " * 65536, " << 65536 * dice.roll(1, 33)
          << ", \"" << dice.pick({"r", "none"}) << "\")\n"
          << "  t:mprotect(m.mm, mine, 4 * MiB, \"rw\")\n  t:store(m.mm, mine)\n";
      break;
    case 5:
      out << "  t:mremap(m.mm, mine, 4 * MiB, other)\n  mine, other = other, mine\n  t:load(m.mm, mine)\n";
      break;
    default:
      out << "  t:" << dice.pick({"load", "store"}) << "(m.mm, m.kept + " << page << " * 65536)\n";
      break;
  }
}

/// A thread that changes what is mapped while others do, and looks at it.
void changing_thread(Dice& dice, std::ostringstream& out, std::uint64_t cpus, std::uint64_t spaces) {
  out << "spawn(" << dice.roll(0, cpus - 1) << ", function(t)\n  local m = spaces[" << dice.roll(1, spaces)
      << "]\n  local mine, other = m.mm:mmap(6 * MiB), m.mm:mmap(6 * MiB) + " << 65536 * dice.roll(0, 1)
      << "\n"
      << "  m.mm:populate(mine, 2 * MiB, " << (dice.one_in(3) ? "m.page" : "\"2M\"") << ")\n";
  for (std::uint64_t i = dice.roll(1, 6); i > 0; --i) {
    pause(dice, out);
    change_memory(dice, out);
  }
  out << "end)\n";
}

/// The last thread of an address space of its own.
void exiting_thread(Dice& dice, std::ostringstream& out, std::uint64_t cpus) {
  out << "do local mm = linux.mm{base_page = \"" << dice.pick({"4K", "64K"})
      << "\"}\n  local at = mm:mmap(40 * MiB)"
      << "  mm:populate(at, " << 2 * dice.roll(1, 20) << " * MiB, \"2M\")\n  mm:ran_on{"
      << dice.roll(0, cpus - 1) << ", " << dice.roll(0, cpus - 1) << "}\n  spawn(" << dice.roll(0, cpus - 1)
      << ", function(t)\n";
  pause(dice, out);
  out << "  t:store(mm, at)\n  t:exit_mm(mm)\nend) end\n";
}

/// A thread that looks addresses up without locks, in a range that is torn down and in one that stays.
void walker_thread(Dice& dice, std::ostringstream& out, std::uint64_t cpus, std::uint64_t spaces) {
  out << "spawn(" << dice.roll(0, cpus - 1) << ", function(t)\n  local m = spaces[" << dice.roll(1, spaces)
      << "]\n  for i = 1, " << dice.roll(1, 8) << " do\n";
  pause(dice, out);
  out << "    t:find_linux_pte(m.mm, m.torn + " << dice.roll(0, 40) << " * 65536)\n";
  out << "    t:gup_fast(m.mm, m.kept + " << dice.roll(0, 4 * 32 - 1) << " * 65536"
      << dice.pick({"", ", \"read\"", ", \"write\""}) << ")\n";
  pause(dice, out);
  out << (dice.one_in(3) ? "" : "    t:put_pages()\n") << "  end\nend)\n";
}

void bystander(Dice& dice, std::ostringstream& out, std::uint64_t cpus) {
  const std::uint64_t cpu = dice.roll(0, cpus - 1);
  out << "spawn(" << cpu << ", function(t)\n";
  switch (dice.roll(0, 3)) {
    case 0:
      pause(dice, out);
      out << "  if not occupied[" << cpu << "] then t:run_guest() end\n";
      break;
    case 1:
      out << "  if not occupied[" << cpu << "] then t:spin() end\n";
      break;
    default:
      out << "  for i = 1, " << dice.roll(1, 12) << " do\n";
      pause(dice, out);
      pause(dice, out);
      out << "  end\n";
      break;
  }
  out << "end)\n";
}

}  // namespace

RandomWorkload random_workload(std::uint64_t seed) {
  Dice dice(seed);
  RandomWorkload workload;
  workload.kernel = dice.pick({"ipi", "ipi", "ipi-free", "ipi-free-flush", "v6.1"});
  const std::uint64_t cpus = shape_machine(dice, workload.sets);
  std::uint64_t spaces = dice.roll(1, 3);
  const std::uint64_t teardowns = dice.roll(1, 4);
  std::ostringstream out;
  out << "local MiB = 1024 * 1024\nlocal spaces, occupied = {}, {}\n";
  for (std::uint64_t i = 1; i <= spaces; ++i) {
    const bool large = dice.one_in(2);
    const char* const thp = dice.pick({"", "", ", thp = \"never\"", ", thp = \"always\""});
    out << "spaces[" << i << "] = {mm = linux.mm{base_page = \"" << (large ? "64K" : "4K") << "\"" << thp
        << "}, page = \"" << (large ? "64K" : "4K") << "\", bytes = " << (large ? 65536 : 4096) << "}\n";
    out << "do local ran = {} for c = 0, machine.cpus - 1 do if c % " << dice.roll(1, 3)
        << " == 0 then ran[#ran + 1] = c end end spaces[" << i << "].mm:ran_on(ran) end\n";
  }
  for (std::uint64_t i = 1; i <= spaces; ++i) {
    out << "do local m = spaces[" << i << "] m.kept = m.mm:mmap(8 * MiB) m.torn = m.kept m.mm:"
        << dice.pick({"populate", "populate", "populate_zero"}) << "(m.kept, " << 2 * dice.roll(1, 4)
        << " * MiB, " << (dice.one_in(3) ? "m.page" : "\"2M\"") << ") end\n";
  }
  if (dice.one_in(2)) {  // a child, which shares what the parent has so far
    ++spaces;
    out << "do local m = spaces[1] spaces[" << spaces
        << "] = {mm = m.mm:fork(), page = m.page, bytes = m.bytes, kept = m.kept, torn = m.kept} end\n";
  }
  // Nobody runs for ever on a CPU that another thread needs.
  for (std::uint64_t i = 1; i <= teardowns; ++i) {
    out << "occupied[" << i << " * 7 % machine.cpus] = true\n";
  }
  for (std::uint64_t i = 1; i <= teardowns; ++i) {
    teardown_thread(dice, out, i, spaces);
  }
  for (std::uint64_t i = dice.roll(0, 3); i > 0; --i) {
    walker_thread(dice, out, cpus, spaces);
  }
  for (std::uint64_t i = dice.roll(0, 4); i > 0; --i) {
    changing_thread(dice, out, cpus, spaces);
  }
  if (dice.one_in(3)) {
    exiting_thread(dice, out, cpus);
  }
  for (std::uint64_t i = dice.roll(0, 4); i > 0; --i) {
    bystander(dice, out, cpus);
  }
  workload.script = out.str();
  return workload;
}

}  // namespace p9mmu::tests
