#include "workloads/linux/mmap_lock.h"

#include "tests/workloads/linux/fixture.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;

namespace {

struct Scene {
  RwSemaphore lock;
  int readers = 0;
  int writers = 0;
  int most_readers = 0;
  std::vector<Time> entered;
  std::vector<Time> left;
  void check() const {
    CHECK(writers <= 1);
    CHECK((writers == 0 || readers == 0));
  }
};

Task<void> read(Cpu& cpu, Scene& scene, Time at, Time held) {
  co_await cpu.compute(at);
  co_await down_read(cpu, scene.lock);
  scene.most_readers = std::max(scene.most_readers, ++scene.readers);
  scene.check();
  scene.entered.push_back(cpu.now());
  co_await cpu.compute(held);
  --scene.readers;
  scene.left.push_back(cpu.now());
  co_await up_read(cpu, scene.lock);
}
/// Writes for a while, and then reads for a while.
Task<void> write(Cpu& cpu, Scene& scene, Time at, Time written, Time then_read) {
  co_await cpu.compute(at);
  co_await down_write(cpu, scene.lock);
  ++scene.writers;
  scene.check();
  scene.entered.push_back(cpu.now());
  co_await cpu.compute(written);
  --scene.writers;
  ++scene.readers;
  co_await downgrade_write(cpu, scene.lock);
  co_await cpu.compute(then_read);
  --scene.readers;
  scene.left.push_back(cpu.now());
  co_await up_read(cpu, scene.lock);
}

}  // namespace

TEST_CASE("readers share the lock") {
  Setting setting;
  setting.exact_events = GENERATE(false, true);
  Bench bench(setting);
  Scene scene;
  for (std::uint32_t id = 0; id < 4; ++id) {
    bench.spawn(4 * id, read(bench.cpu(4 * id), scene, nanoseconds(100), microseconds(10)));
  }
  bench.run();
  CHECK(scene.most_readers == 4);
  CHECK(bench.accounts_add_up());
}

TEST_CASE("a writer waits for the last reader") {
  Setting setting;
  setting.exact_events = GENERATE(false, true);
  Bench bench(setting);
  Scene scene;
  bench.spawn(0, read(bench.cpu(0), scene, Time(), microseconds(10)));
  bench.spawn(4, read(bench.cpu(4), scene, Time(), microseconds(20)));
  bench.spawn(8, write(bench.cpu(8), scene, microseconds(1), microseconds(1), Time()));
  bench.run();
  CHECK(scene.entered.back() > scene.left[1]);
  CHECK(scene.entered.back() < scene.left[1] + microseconds(1));
  CHECK(bench.accounts_add_up());
}

TEST_CASE("readers are let in when the writer downgrades, another writer when it has left") {
  Setting setting;
  setting.exact_events = GENERATE(false, true);
  Bench bench(setting);
  Scene scene;
  bench.spawn(0, write(bench.cpu(0), scene, Time(), microseconds(10), microseconds(30)));
  bench.spawn(4, read(bench.cpu(4), scene, microseconds(1), microseconds(1)));
  bench.spawn(8, write(bench.cpu(8), scene, microseconds(2), microseconds(1), Time()));
  bench.run();
  REQUIRE(scene.entered.size() == 3);
  CHECK(scene.entered[1] > microseconds(10));
  CHECK(scene.entered[1] < microseconds(12));
  CHECK(scene.entered[2] > microseconds(40));
  CHECK(bench.accounts_add_up());
}

TEST_CASE("any number of readers and writers never break the lock's rule") {
  Setting setting;
  setting.exact_events = GENERATE(false, true);
  Bench bench(setting);
  Scene scene;
  for (std::uint32_t id = 0; id < 16; ++id) {
    for (int i = 0; i < 4; ++i) {
      const Time at = nanoseconds(97 * id);
      const Time held = nanoseconds(200 + 31 * id);
      bench.spawn(id, (id + static_cast<std::uint32_t>(i)) % 3 == 0
                          ? write(bench.cpu(id), scene, at, held, held)
                          : read(bench.cpu(id), scene, at, held));
    }
  }
  bench.run();
  CHECK(scene.left.size() == 64);
  CHECK(scene.lock.readers == 0);
  CHECK_FALSE(scene.lock.writer);
  CHECK(bench.accounts_add_up());
}
