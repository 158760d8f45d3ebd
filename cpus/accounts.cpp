#include "cpus/accounts.h"

#include <algorithm>
#include <cstring>

#include "mmu/check.h"

namespace p9mmu::cpus {

PathId CallPaths::add(PathId parent, const char* routine) {
  // The same name may come from two literals; it is one routine all the same.
  for (const PathId candidate : nodes_[parent.value()].children) {
    if (std::strcmp(nodes_[candidate.value()].routine, routine) == 0) {
      return candidate;
    }
  }
  const std::string& above = nodes_[parent.value()].text;
  std::string text;
  text.reserve(above.size() + 1 + std::strlen(routine));
  if (!above.empty()) {
    text.append(above).append(1, ';');
  }
  text.append(routine);
  constexpr std::size_t kFew =
      64;  // who runs for a short time, as each execution of an explorer does, has fewer
  if (nodes_.size() == 1) {
    nodes_.reserve(kFew);
  }
  const PathId path(static_cast<std::uint32_t>(nodes_.size()));
  nodes_.push_back(Node{routine, parent, {}, std::move(text)});
  nodes_[parent.value()].children.push_back(path);
  return path;
}

std::string CallPaths::text(PathId path) const {
  return nodes_[path.value()].text;
}

std::vector<Time> Account::view(Time moment) const {
  std::vector<Time> result = closed_;
  Time excess = std::max(charged_until_ - moment, Time());
  for (std::size_t i = open_count_; i-- > 0;) {
    const Segment& segment = open_[i];
    const Time cut = std::min(excess, segment.span);
    excess -= cut;
    if (segment.slot >= result.size()) {
      result.resize(segment.slot + kCauses);
    }
    result[segment.slot] += segment.span - cut;
  }
  P9MMU_CHECK(excess == Time(), "charges that are final reach " << excess.ps() << " ps past the moment");
  return result;
}

}  // namespace p9mmu::cpus
