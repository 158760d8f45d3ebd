#include "model/explore/matrix.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "model/explore/verdict_text.h"
#include "model/explore/words.h"

namespace p9mmu::model::explore {
namespace {

using Json = nlohmann::ordered_json;
using Row = std::vector<std::string>;

std::string name_of(const Json& cell) {
  std::string name = cell.at("script");
  name = name.substr(name.rfind('/') + 1);
  return name.ends_with(".lua") ? name.substr(0, name.size() - 4) : name;
}

std::string column_of(const Json& cell) {
  return cell.at("kernel").get<std::string>() + ", " + cell.at("walker").get<std::string>();
}

std::string said_of(const Json& cell) {
  if (!cell.at("safe").get<bool>()) {
    return "UNSAFE: " + cell.at("counterexample").at("rule").get<std::string>();
  }
  return std::string(cell.at("complete").get<bool>() ? "safe" : "nothing found") + " (" +
         grouped(cell.at("interleavings").get<std::uint64_t>()) + ")";
}

/// With a row of headings first.
std::vector<Row> rows_of(const Cells& cells) {
  std::vector<Row> rows = {{"scenario"}};
  for (const Json& cell : cells) {
    const std::string column = column_of(cell);
    if (std::find(rows.front().begin() + 1, rows.front().end(), column) == rows.front().end()) {
      rows.front().push_back(column);
    }
  }
  for (const Json& cell : cells) {
    if (rows.back().front() != name_of(cell) || rows.size() == 1) {
      rows.push_back(Row{name_of(cell)});
      rows.back().resize(rows.front().size());
    }
    const auto column = std::find(rows.front().begin(), rows.front().end(), column_of(cell));
    rows.back()[static_cast<std::size_t>(column - rows.front().begin())] = said_of(cell);
  }
  return rows;
}

std::string capital(std::string text) {
  if (!text.empty()) {
    text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  }
  return text;
}

/// The steps of one actor in a row make a paragraph's item.
std::string prose(const Json& cell) {
  const Json& counterexample = cell.at("counterexample");
  std::string text;
  std::string actor;
  std::string path;
  unsigned item = 0;
  for (const Json& step : counterexample.at("steps")) {
    const std::string now = step.at("actor");
    const std::string routine = innermost(step.at("path"));
    const bool goes_on = now == actor && step.at("path") == path;
    if (!goes_on) {
      ++item;
      text += (item == 1 ? "" : ".\n") + std::to_string(item) + ". " + now +
              (routine.empty() || now.rfind("CPU", 0) != 0 ? "" : ", `" + routine + "`") + ": ";
    } else {
      text += "; ";
    }
    actor = now;
    path = step.at("path");
    const std::string effect = step.at("effect");
    text += step.at("operation").get<std::string>() + (effect.empty() ? "" : " (" + effect + ")");
  }
  return text + ".\n";
}

}  // namespace

std::string matrix_to_text(const Cells& cells) {
  const std::vector<Row> rows = rows_of(cells);
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text +
         "\nIn brackets: how many interleavings there are, each of them tried; columns: kernel, walkers.\n";
}

std::string matrix_to_markdown(const Cells& cells) {
  const std::vector<Row> rows = rows_of(cells);
  std::string text;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const std::string& field : rows[i]) {
      text += "| " + field + " ";
    }
    text += "|\n";
    if (i == 0) {
      for (std::size_t column = 0; column < rows[i].size(); ++column) {
        text += "|---";
      }
      text += "|\n";
    }
  }
  // Cells with the same counterexample share it.
  std::vector<std::pair<const Json*, std::string>> told;
  for (const Json& cell : cells) {
    if (cell.at("safe").get<bool>()) {
      continue;
    }
    const auto same = std::find_if(told.begin(), told.end(), [&](const auto& other) {
      return name_of(*other.first) == name_of(cell) &&
             other.first->at("counterexample") == cell.at("counterexample");
    });
    if (same == told.end()) {
      told.emplace_back(&cell, column_of(cell));
    } else {
      same->second += "; " + column_of(cell);
    }
  }
  for (const auto& [cell, columns] : told) {
    const Json& counterexample = cell->at("counterexample");
    text += "\n### " + name_of(*cell) + ": " + columns + "\n\n" +
            capital(counterexample.at("rule").get<std::string>()) + ": " +
            counterexample.at("sentence").get<std::string>() + "\n\n" + prose(*cell);
  }
  return text;
}

}  // namespace p9mmu::model::explore
