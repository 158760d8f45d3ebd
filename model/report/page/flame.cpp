#include "model/report/page/flame.h"

#include <algorithm>
#include <memory>

namespace p9mmu::model::report::page {
namespace {

struct Node {
  std::string name;
  std::string cause;
  std::int64_t ps = 0;
  std::int64_t self_ps = 0;
  std::vector<std::unique_ptr<Node>> children;
};

Node& child(Node& parent, const std::string& name, const std::string& cause) {
  for (const std::unique_ptr<Node>& known : parent.children) {
    if (known->name == name && known->cause == cause) {
      return *known;
    }
  }
  parent.children.push_back(std::make_unique<Node>(Node{name, cause, 0, 0, {}}));
  return *parent.children.back();
}

void add(Node& root, const AccountRow& row) {
  Node* node = &root;
  node->ps += row.ps;
  for (std::size_t begin = 0; begin < row.path.size();) {
    const std::size_t end = std::min(row.path.find(';', begin), row.path.size());
    node = &child(*node, row.path.substr(begin, end - begin), "");
    node->ps += row.ps;
    begin = end + 1;
  }
  node->self_ps += row.ps;
  child(*node, row.cause, row.cause).ps += row.ps;
}

class Drawing {
 public:
  Drawing(FlameGraph& graph, double least) : graph_(graph), least_(least) {}

  void draw(Node& node, std::size_t depth, std::int64_t begin) {
    std::stable_sort(node.children.begin(), node.children.end(),
                     [](const auto& a, const auto& b) { return a->ps > b->ps; });
    for (const std::unique_ptr<Node>& one : node.children) {
      if (static_cast<double>(one->ps) < least_ * static_cast<double>(graph_.total_ps)) {
        graph_.hidden_ps += one->ps;
        continue;
      }
      graph_.frames.push_back(Frame{one->name, one->cause, depth, begin, one->ps, one->self_ps});
      graph_.depth = std::max(graph_.depth, depth + 1);
      draw(*one, depth + 1, begin);
      begin += one->ps;
    }
  }

 private:
  FlameGraph& graph_;
  const double least_;
};

}  // namespace

FlameGraph flame_graph(const PhaseResult& result, Whose whose, double least) {
  const std::string measured = std::to_string(result.measured_cpu);
  Node root;
  for (const AccountRow& row : result.accounts) {
    const bool is_measured = row.cpus == measured;
    if (is_measured == (whose == Whose::measured_cpu) && (is_measured || row.cause != "idle") && row.ps > 0) {
      add(root, row);
    }
  }
  FlameGraph graph;
  graph.total_ps = root.ps;
  Drawing(graph, least).draw(root, 0, 0);
  return graph;
}

}  // namespace p9mmu::model::report::page
