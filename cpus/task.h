// Task<T>: a kernel routine as a coroutine. `co_await routine(...)` calls it: it starts at once and, if
// nothing in it has to wait, has ended before the caller goes on, on the caller's own stack. Only when it
// waits does the caller wait too; then whoever ends last hands the next coroutine to the CPU's Trampoline
// instead of resuming it, so that the stack never grows with the number of calls (GCC 12 does not promise
// symmetric transfer without optimisation). Not for anything that outlives its CPU.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <utility>

#include "cpus/frame_pool.h"

namespace p9mmu::cpus {

/// Holds the coroutine to be resumed next, after the present one has given up the stack.
struct Trampoline {
  std::coroutine_handle<> next;
};

template <typename T>
class Task;

namespace detail {

struct FinalAwaiter {
  static bool await_ready() noexcept { return false; }
  template <typename Promise>
  void await_suspend(std::coroutine_handle<Promise> self) noexcept {
    auto& promise = self.promise();
    if (promise.waiting_caller) {
      promise.trampoline->next = promise.waiting_caller;
    }
  }
  void await_resume() noexcept {}
};

struct PromiseBase {
  Trampoline* trampoline = nullptr;
  std::coroutine_handle<> waiting_caller;
  std::exception_ptr error;

  static std::suspend_always initial_suspend() noexcept { return {}; }
  static FinalAwaiter final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept { error = std::current_exception(); }

  static void* operator new(std::size_t size) { return FramePool::allocate(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { FramePool::release(frame, size); }

  template <typename U>
  auto await_transform(Task<U>&& task);
  template <typename U>
  auto await_transform(Task<U>& task);
  template <typename Awaitable>
  Awaitable&& await_transform(Awaitable&& awaitable) noexcept {
    return std::forward<Awaitable>(awaitable);
  }
};

template <typename T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object() noexcept;
  template <typename U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object() noexcept;
  void return_void() noexcept {}
};

}  // namespace detail

/// A routine that has not begun, is under way, or has ended. Owns the coroutine's frame.
template <typename T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  ~Task() {
    if (handle_) {
      handle_.destroy();
    }
  }

  explicit operator bool() const { return static_cast<bool>(handle_); }
  [[nodiscard]] bool done() const { return handle_.done(); }
  [[nodiscard]] Handle handle() const { return handle_; }

  /// Makes this the outermost routine on a CPU; the CPU then resumes `handle()`.
  void root(Trampoline& trampoline) { handle_.promise().trampoline = &trampoline; }

  /// The result, or the exception that ended the routine.
  T result() {
    if (handle_.promise().error) {
      std::rethrow_exception(handle_.promise().error);
    }
    if constexpr (!std::is_void_v<T>) {
      return std::move(*handle_.promise().value);
    }
  }

 private:
  Handle handle_;
};

namespace detail {

template <typename T>
struct CallAwaiter {
  typename Task<T>::Handle callee;
  PromiseBase* caller;

  bool await_ready() {
    callee.promise().trampoline = caller->trampoline;
    callee.resume();
    return callee.done();
  }
  void await_suspend(std::coroutine_handle<> self) noexcept { callee.promise().waiting_caller = self; }
  T await_resume() {
    if (callee.promise().error) {
      std::rethrow_exception(callee.promise().error);
    }
    if constexpr (!std::is_void_v<T>) {
      return std::move(*callee.promise().value);
    }
  }
};

template <typename U>
auto PromiseBase::await_transform(Task<U>&& task) {
  return CallAwaiter<U>{task.handle(), this};
}
template <typename U>
auto PromiseBase::await_transform(Task<U>& task) {
  return CallAwaiter<U>{task.handle(), this};
}

template <typename T>
Task<T> Promise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

}  // namespace detail
}  // namespace p9mmu::cpus
