#include "model/report/profile.h"

#include <algorithm>
#include <string_view>

#include "model/report/numbers.h"

namespace p9mmu::model::report {
namespace {

struct Node {
  std::string name;
  bool cause = false;
  std::int64_t ps = 0;
  std::vector<Node> children;
};

Node& child(Node& parent, std::string_view name, bool cause) {
  for (Node& node : parent.children) {
    if (node.cause == cause && node.name == name) {
      return node;
    }
  }
  parent.children.push_back(Node{std::string(name), cause, 0, {}});
  return parent.children.back();
}

void add(Node& root, const AccountRow& row) {
  Node* node = &root;
  node->ps += row.ps;
  std::string_view rest = row.path;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    node = &child(*node, rest.substr(0, end), false);
    node->ps += row.ps;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  child(*node, "[" + row.cause + "]", true).ps += row.ps;
}

/// The causes of everything below, without the routines between.
void collect_causes(const Node& from, Node& into) {
  for (const Node& node : from.children) {
    if (node.cause) {
      child(into, node.name, true).ps += node.ps;
    } else {
      collect_causes(node, into);
    }
  }
}

class Drawing {
 public:
  Drawing(const ProfileStyle& style, std::int64_t total) : style_(style), total_(total) {}

  std::string draw(const Node& root) {
    for (const Node& node : branches(root)) {
      const std::string share = percent(node.ps);
      text_ += std::string(10 - std::min<std::size_t>(10, share.size()), ' ') + share + "  ";
      draw_chain(node, std::string(12, ' '), 0);
    }
    return std::move(text_);
  }

 private:
  std::string percent(std::int64_t ps) const {
    return fixed(100.0 * static_cast<double>(ps) / static_cast<double>(total_), 2) + "%";
  }

  /// Largest first, equals by name; those under the threshold as one at the end, if together they are over
  /// it.
  std::vector<Node> branches(const Node& parent) const {
    std::vector<Node> result;
    Node small{"(less than " + significant(style_.least_percent, 1) + "% each)", true, 0, {}};
    for (const Node& node : parent.children) {
      if (100.0 * static_cast<double>(node.ps) >= style_.least_percent * static_cast<double>(total_)) {
        result.push_back(node);
      } else if (node.ps > 0) {
        small.ps += node.ps;
      }
    }
    std::sort(result.begin(), result.end(),
              [](const Node& a, const Node& b) { return a.ps != b.ps ? a.ps > b.ps : a.name < b.name; });
    if (100.0 * static_cast<double>(small.ps) >= style_.least_percent * static_cast<double>(total_)) {
      result.push_back(std::move(small));
    }
    return result;
  }

  /// The rest of a line that ends with `node`, and what is below it. An only branch stands below its parent
  /// without a share of its own: it is the parent's but for less than the threshold.
  void draw_chain(const Node& node, const std::string& margin, std::size_t depth) {
    text_ += node.name;
    std::vector<Node> below = branches(node);
    if (depth >= style_.deepest && !below.empty()) {
      Node causes;
      collect_causes(node, causes);
      below = branches(causes);
    }
    if (below.size() == 1) {
      if (below.front().cause) {
        text_ += " " + below.front().name + "\n";
      } else {
        text_ += "\n" + margin;
        draw_chain(below.front(), margin, depth);
      }
      return;
    }
    text_ += "\n";
    draw_branches(below, margin, depth);
  }

  void draw_branches(const std::vector<Node>& nodes, const std::string& margin, std::size_t depth) {
    bool apart = true;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const bool last = i + 1 == nodes.size();
      if (apart) {
        text_ += margin + "|\n";
      }
      const std::size_t before = text_.size();
      text_ += margin + (last ? " --" : "|--") + percent(nodes[i].ps) + "--";
      draw_chain(nodes[i], margin + (last ? " " : "|") + std::string(10, ' '), depth + 1);
      apart = std::count(text_.begin() + static_cast<std::ptrdiff_t>(before), text_.end(), '\n') > 1;
    }
  }

  const ProfileStyle& style_;
  std::int64_t total_;
  std::string text_;
};

}  // namespace

std::string draw_profile(const std::vector<AccountRow>& accounts, const std::string& cpus,
                         const ProfileStyle& style) {
  Node root;
  for (const AccountRow& row : accounts) {
    if (row.cpus == cpus) {
      add(root, row);
    }
  }
  return root.ps > 0 ? Drawing(style, root.ps).draw(root) : std::string();
}

std::int64_t account_total(const std::vector<AccountRow>& accounts, const std::string& cpus) {
  std::int64_t total = 0;
  for (const AccountRow& row : accounts) {
    total += row.cpus == cpus ? row.ps : 0;
  }
  return total;
}

}  // namespace p9mmu::model::report
