// How fast the MMU is, and beside it the naive walk that it replaces. "items_per_second" is translations or
// invalidations a second; each cached case reports its ratio to the naive walk of the same tables.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <vector>

#include "mmu/core_mmu.h"
#include "tests/mmu/reference_mmu.h"
#include "tests/mmu/tables.h"

namespace p9mmu::mmu {
namespace {

using test::kUserAll;
using test::Tables;

constexpr Lpid kHost(0);
constexpr Lpid kGuest(1);
constexpr Pid kProcess(5);
constexpr Pid kOther(6);
constexpr std::uint64_t kAddress = 0x7FFF00000000;
constexpr std::uint64_t kPages = 4096;

/// A host process and a guest process with `kPages` pages of 64K each, and 64K pages under the guest's.
struct World {
  Tables tables;
  Context host = Tables::host(kProcess);
  Context other = Tables::host(kOther);
  Context guest = Tables::guest(kGuest, kProcess);

  World() {
    tables.add_process(kHost, kProcess);
    tables.add_process(kHost, kOther);
    tables.add_partition(kGuest);
    tables.add_process(kGuest, kProcess);
    for (std::uint64_t i = 0; i < kPages; ++i) {
      const std::uint64_t offset = i << 16;
      tables.map(kHost, kProcess, kAddress + offset, PageSize::k64K, 0x10000000000 + offset, kUserAll);
      tables.map(kHost, kOther, kAddress + offset, PageSize::k64K, 0x10000000000 + offset, kUserAll);
      tables.map(kGuest, kProcess, kAddress + offset, PageSize::k64K, 0x80000000 + offset, kUserAll);
      tables.map_partition(kGuest, 0x80000000 + offset, PageSize::k64K, 0x20000000000 + offset, kUserAll);
    }
  }
};

World& world() {
  static World the_world;
  return the_world;
}

EffectiveAddress page(std::uint64_t i) {
  return EffectiveAddress(kAddress + ((i % kPages) << 16) + (i * 8 & 0xFFF8));
}

/// Seconds of processor time that one naive walk takes, measured once.
double naive_seconds(const Context& context) {
  constexpr std::uint64_t kWalks = 200000;
  test::ReferenceMmu reference(world().tables.memory, false);
  const std::clock_t start = std::clock();
  for (std::uint64_t i = 0; i < kWalks; ++i) {
    benchmark::DoNotOptimize(reference.translate(context, Access::load, page(i).value()));
  }
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / kWalks;
}

void report(benchmark::State& state, const Context& context) {
  static const double host = naive_seconds(world().host);
  static const double guest = naive_seconds(world().guest);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
  const double naive = context.hypervisor ? host : guest;
  state.counters["times_naive"] =
      benchmark::Counter(naive * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

void translate_pages(benchmark::State& state, CoreMmu& core, const Context& context, std::uint64_t pages) {
  std::uint64_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(core.translate(0, Access::load, context, page(i), world().tables.memory));
    i = i + 1 == pages ? 0 : i + 1;
  }
  report(state, context);
}

void naive_walk(benchmark::State& state) {
  test::ReferenceMmu reference(world().tables.memory, false);
  std::uint64_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(reference.translate(world().host, Access::load, page(i++).value()));
  }
  report(state, world().host);
}
BENCHMARK(naive_walk);

void naive_nested_walk(benchmark::State& state) {
  test::ReferenceMmu reference(world().tables.memory, false);
  std::uint64_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(reference.translate(world().guest, Access::load, page(i++).value()));
  }
  report(state, world().guest);
}
BENCHMARK(naive_nested_walk);

void erat_hit(benchmark::State& state) {
  CoreMmu core(MmuParameters{}, 4);
  translate_pages(state, core, world().host, 32);
}
BENCHMARK(erat_hit);

void tlb_hit(benchmark::State& state) {
  CoreMmu core(MmuParameters{}, 4);
  translate_pages(state, core, world().host, 400);  // more than the ERAT holds, less than the TLB
}
BENCHMARK(tlb_hit);

/// No walk cache, and more pages than the TLB holds: each translation is a whole walk.
void cold_walk(benchmark::State& state) {
  MmuParameters parameters;
  parameters.pwc_entries = 0;
  CoreMmu core(parameters, 4);
  translate_pages(state, core, world().host, kPages);
}
BENCHMARK(cold_walk);

void cold_nested_walk(benchmark::State& state) {
  MmuParameters parameters;
  parameters.pwc_entries = 0;
  CoreMmu core(parameters, 4);
  translate_pages(state, core, world().guest, kPages);
}
BENCHMARK(cold_nested_walk);

void warm_nested_walk(benchmark::State& state) {
  CoreMmu core(MmuParameters{}, 4);
  translate_pages(state, core, world().guest, kPages);
}
BENCHMARK(warm_nested_walk);

void fill(CoreMmu& core, const Context& context, std::uint64_t pages) {
  for (std::uint64_t i = 0; i < pages; ++i) {
    core.translate(static_cast<unsigned>(i % 4), Access::load, context, page(i), world().tables.memory);
  }
}

/// Pages that are there: the TLB is filled again, untimed by being outside the counted batch.
void tlbie_page(benchmark::State& state) {
  constexpr std::uint64_t kBatch = 512;
  CoreMmu core(MmuParameters{}, 4);
  for (auto _ : state) {
    fill(core, world().host, kBatch);
    const auto start = std::chrono::steady_clock::now();
    for (std::uint64_t i = 0; i < kBatch; ++i) {
      core.tlbie(TlbInvalidate::for_page(kHost, kProcess, page(i), PageSize::k64K));
    }
    state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kBatch));
}
BENCHMARK(tlbie_page)->UseManualTime();

/// Pages of a process whose other pages fill the TLB: nothing is found, all of it is looked for.
void tlbie_absent_page(benchmark::State& state) {
  CoreMmu core(MmuParameters{}, 4);
  fill(core, world().host, 512);
  std::uint64_t i = 0;
  for (auto _ : state) {
    core.tlbie(TlbInvalidate::for_page(kHost, kProcess, page(1024 + i++ % 1024), PageSize::k64K));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(tlbie_absent_page);

void tlbie_filtered(benchmark::State& state) {
  CoreMmu core(MmuParameters{}, 4);
  fill(core, world().host, 512);
  std::uint64_t i = 0;
  for (auto _ : state) {
    const TlbInvalidate what = TlbInvalidate::for_page(kHost, Pid(777), page(i++), PageSize::k64K);
    core.tlbie(what);
    benchmark::DoNotOptimize(core);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(tlbie_filtered);

/// A process that has a few entries among another's that fill the TLB.
void tlbie_pid_of_a_few(benchmark::State& state) {
  CoreMmu core(MmuParameters{}, 4);
  fill(core, world().host, 512);
  for (auto _ : state) {
    for (std::uint64_t i = 0; i < 4; ++i) {
      core.translate(0, Access::load, world().other, page(i), world().tables.memory);
    }
    const auto start = std::chrono::steady_clock::now();
    core.tlbie(TlbInvalidate::for_pid(kHost, kOther, InvalidateCaches::tlb));
    state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(tlbie_pid_of_a_few)->UseManualTime();

/// The process whose entries fill the TLB.
void tlbie_pid_of_all(benchmark::State& state) {
  CoreMmu core(MmuParameters{}, 4);
  for (auto _ : state) {
    fill(core, world().host, 512);
    const auto start = std::chrono::steady_clock::now();
    core.tlbie(TlbInvalidate::for_pid(kHost, kProcess, InvalidateCaches::tlb));
    state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(tlbie_pid_of_all)->UseManualTime();

void memory_read64(benchmark::State& state) {
  RealMemory memory;
  for (std::uint64_t i = 0; i < 100000; ++i) {
    memory.write64(RealAddress(0x100000000 + i * 4096), i + 1);
  }
  std::uint64_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(memory.read64(RealAddress(0x100000000 + i * 4096)));
    i = (i + 1) % 4096;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(memory_read64);

/// Two double words in each of a guest's deposited tables, as the teardown's workload writes them.
void memory_deposited_tables(benchmark::State& state) {
  constexpr std::uint64_t kTables = 253952;
  const auto stride = static_cast<std::uint64_t>(state.range(0));
  for (auto _ : state) {
    RealMemory memory;
    for (std::uint64_t i = 0; i < kTables; ++i) {
      memory.write64(RealAddress(0x100000000 + i * stride), i + 1);
      memory.write64(RealAddress(0x100000008 + i * stride), i + 2);
    }
    state.counters["resident_bytes"] = static_cast<double>(memory.resident_bytes());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * 2 * kTables));
}
BENCHMARK(memory_deposited_tables)->Arg(256)->Arg(4096);

}  // namespace
}  // namespace p9mmu::mmu

BENCHMARK_MAIN();
