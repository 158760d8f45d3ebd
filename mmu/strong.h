// Strong types over one integer: an address, an id or a number of picoseconds is not an integer, and one kind
// does not fit where another goes. This header gives the mechanism only; each kind is declared on the lowest
// floor that needs it. It is not for quantities with arithmetic of their own (see interconnect/time.h).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace p9mmu::mmu {

/// An integer that knows what it names. `Tag` makes the type distinct; it is never defined.
template <typename Tag, typename Raw>
class Strong {
 public:
  using raw_type = Raw;

  constexpr Strong() = default;
  constexpr explicit Strong(Raw raw) : raw_(raw) {}

  /// The bare integer, for arithmetic and output.
  [[nodiscard]] constexpr Raw value() const { return raw_; }

  friend constexpr auto operator<=>(Strong, Strong) = default;

 private:
  Raw raw_{};
};

/// A vector indexed by its own id type, so that a wrong index does not compile.
template <typename Id, typename Element>
class IdVector {
 public:
  IdVector() = default;
  explicit IdVector(std::size_t count, const Element& element = Element()) : elements_(count, element) {}

  [[nodiscard]] Element& operator[](Id id) { return elements_[static_cast<std::size_t>(id.value())]; }
  [[nodiscard]] const Element& operator[](Id id) const {
    return elements_[static_cast<std::size_t>(id.value())];
  }
  [[nodiscard]] std::size_t size() const { return elements_.size(); }
  void push_back(Element element) { elements_.push_back(std::move(element)); }
  [[nodiscard]] auto begin() { return elements_.begin(); }
  [[nodiscard]] auto end() { return elements_.end(); }
  [[nodiscard]] auto begin() const { return elements_.begin(); }
  [[nodiscard]] auto end() const { return elements_.end(); }

 private:
  std::vector<Element> elements_;
};

}  // namespace p9mmu::mmu

template <typename Tag, typename Raw>
struct std::hash<p9mmu::mmu::Strong<Tag, Raw>> {
  std::size_t operator()(p9mmu::mmu::Strong<Tag, Raw> strong) const noexcept {
    return std::hash<Raw>{}(strong.value());
  }
};
