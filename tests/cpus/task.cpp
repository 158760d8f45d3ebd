#include "cpus/task.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace p9mmu::cpus;

namespace {

/// Runs a routine as a CPU does: resumes whoever waits, until nobody asks to go on.
class Runner {
 public:
  /// Something that a routine can wait for.
  struct Wait {
    Runner& runner;
    static bool await_ready() noexcept { return false; }
    void await_suspend(std::coroutine_handle<> self) noexcept { runner.parked_ = self; }
    void await_resume() noexcept {}
  };
  [[nodiscard]] Wait wait() { return Wait{*this}; }

  template <typename T>
  T run(Task<T> task) {
    task.root(trampoline_);
    resume(task.handle());
    while (!task.done()) {
      ++waits;
      resume(std::exchange(parked_, {}));
    }
    return task.result();
  }

  int waits = 0;

 private:
  void resume(std::coroutine_handle<> coroutine) {
    coroutine.resume();
    while (trampoline_.next) {
      std::exchange(trampoline_.next, {}).resume();
    }
  }
  Trampoline trampoline_;
  std::coroutine_handle<> parked_;
};

Task<int> add(Runner& runner, int a, int b, bool waiting) {
  if (waiting) {
    co_await runner.wait();
  }
  co_return a + b;
}
Task<std::string> greet(Runner& runner, bool waiting) {
  const int sum = co_await add(runner, 2, 3, waiting);
  co_return "sum " + std::to_string(sum);
}
Task<std::unique_ptr<int>> box(Runner& runner, bool waiting) {
  co_return std::make_unique<int>(co_await add(runner, 40, 2, waiting));
}

Task<void> fail(Runner& runner, bool waiting) {
  if (waiting) {
    co_await runner.wait();
  }
  throw std::runtime_error("no page");
}
Task<void> pass_on(Runner& runner, bool waiting) {
  co_await fail(runner, waiting);
}
Task<std::string> rescue(Runner& runner, bool waiting) {
  try {
    co_await pass_on(runner, waiting);
  } catch (const std::runtime_error& error) {
    co_return error.what();
  }
  co_return "nothing thrown";
}

/// How far the stack is from where it began, sampled inside.
class StackDepth {
 public:
  void sample() {
    const char here = 0;
    const auto address = reinterpret_cast<std::uintptr_t>(&here);
    lowest_ = std::min(lowest_, address);
    highest_ = std::max(highest_, address);
  }
  [[nodiscard]] std::uintptr_t spread() const { return highest_ - lowest_; }

 private:
  std::uintptr_t lowest_ = ~std::uintptr_t{0};
  std::uintptr_t highest_ = 0;
};

Task<int> leaf(Runner& runner, StackDepth& depth, bool waiting) {
  if (waiting) {
    co_await runner.wait();
  }
  depth.sample();
  co_return 1;
}
Task<int> middle(Runner& runner, StackDepth& depth, bool waiting) {
  const int one = co_await leaf(runner, depth, waiting);
  depth.sample();
  co_return one;
}
Task<std::int64_t> call_often(Runner& runner, StackDepth& depth, int calls, int wait_every) {
  std::int64_t sum = 0;
  for (int i = 0; i < calls; ++i) {
    sum += co_await middle(runner, depth, wait_every > 0 && i % wait_every == 0);
  }
  co_return sum;
}

Task<int> nest(Runner& runner, StackDepth& returning, int depth) {
  if (depth == 0) {
    co_await runner.wait();
    co_return 0;
  }
  const int below = co_await nest(runner, returning, depth - 1);
  returning.sample();
  co_return below + 1;
}

struct Counted {
  explicit Counted(int& alive) : alive_(alive) { ++alive_; }
  ~Counted() { --alive_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  int& alive_;
};
Task<int> hold(Runner& runner, int& alive, bool waiting) {
  const Counted here(alive);
  if (waiting) {
    co_await runner.wait();
  }
  co_return alive;
}
Task<int> hold_around(Runner& runner, int& alive, bool waiting) {
  const Counted here(alive);
  const int inside = co_await hold(runner, alive, waiting);
  co_return inside;
}

}  // namespace

TEST_CASE("a routine's result reaches its caller, whether it had to wait or not") {
  const bool waiting = GENERATE(false, true);
  Runner runner;
  CHECK(runner.run(greet(runner, waiting)) == "sum 5");
  CHECK(*runner.run(box(runner, waiting)) == 42);
  CHECK(runner.waits == (waiting ? 2 : 0));
}

TEST_CASE("an exception passes through its callers, whether they had to wait or not") {
  const bool waiting = GENERATE(false, true);
  Runner runner;
  CHECK(runner.run(rescue(runner, waiting)) == "no page");
  CHECK_THROWS_WITH(runner.run(pass_on(runner, waiting)), "no page");
}

TEST_CASE("a routine does not begin before it is awaited or resumed") {
  Runner runner;
  int alive = 0;
  {
    const Task<int> never_run = hold(runner, alive, false);
    CHECK(alive == 0);
    CHECK_FALSE(never_run.done());
  }
  CHECK(alive == 0);
}

TEST_CASE("a million calls one after the other leave the stack where it is") {
  const int wait_every = GENERATE(0, 1, 3);
  CAPTURE(wait_every);
  Runner runner;
  StackDepth depth;
  CHECK(runner.run(call_often(runner, depth, 1'000'000, wait_every)) == 1'000'000);
  CHECK(depth.spread() < 4096);
}

TEST_CASE("callers that have waited return one by one, not on top of each other") {
  Runner runner;
  StackDepth returning;
  CHECK(runner.run(nest(runner, returning, 2000)) == 2000);
  CHECK(returning.spread() < 4096);
}

TEST_CASE("what a routine holds is gone when it has ended or is thrown away half-way") {
  Runner runner;
  int alive = 0;
  SECTION("ended without waiting") {
    CHECK(runner.run(hold_around(runner, alive, false)) == 2);
  }
  SECTION("ended after waiting") {
    CHECK(runner.run(hold_around(runner, alive, true)) == 2);
  }
  SECTION("thrown away while the inner one waits") {
    Task<int> task = hold_around(runner, alive, true);
    Trampoline trampoline;
    task.root(trampoline);
    task.handle().resume();
    CHECK(alive == 2);
    task = Task<int>();
  }
  CHECK(alive == 0);
}

TEST_CASE("a task that is moved leaves nothing behind") {
  Runner runner;
  Task<int> first = add(runner, 1, 1, false);
  Task<int> second = std::move(first);
  CHECK_FALSE(static_cast<bool>(first));
  CHECK(runner.run(std::move(second)) == 2);
}
