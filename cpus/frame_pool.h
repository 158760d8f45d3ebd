// Where coroutine frames come from: free lists by size, because a kernel routine is called millions of times
// and an allocation a call is felt. Not a general allocator: sizes above the largest class go to operator
// new, and under the address sanitizer everything does, so that a frame used after its end is seen.
#pragma once

#include <array>
#include <cstddef>
#include <new>

namespace p9mmu::cpus {

class FramePool {
 public:
  static void* allocate(std::size_t size) {
#if !defined(__SANITIZE_ADDRESS__)
    const std::size_t index = class_of(size);
    if (index < kClasses) {
      Node*& list = lists()[index];
      if (list != nullptr) {
        Node* node = list;
        list = node->next;
        return node;
      }
      return ::operator new((index + 1) * kStep);
    }
#endif
    return ::operator new(size);
  }

  static void release(void* frame, [[maybe_unused]] std::size_t size) noexcept {
#if !defined(__SANITIZE_ADDRESS__)
    const std::size_t index = class_of(size);
    if (index < kClasses) {
      Node* node = static_cast<Node*>(frame);
      node->next = lists()[index];
      lists()[index] = node;
      return;
    }
#endif
    ::operator delete(frame);
  }

 private:
  struct Node {
    Node* next;
  };
  static constexpr std::size_t kStep = 64;
  static constexpr std::size_t kClasses = 16;

  static std::size_t class_of(std::size_t size) {
    return (size - 1) / kStep;
  }
  // Frames hold no state of the simulation, so that sharing the lists among simulations changes nothing.
  static std::array<Node*, kClasses>& lists() {
    static std::array<Node*, kClasses> lists{};
    return lists;
  }
};

}  // namespace p9mmu::cpus
