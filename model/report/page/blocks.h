// A page as data: sections of paragraphs, tables, charts and flame graphs, in which nothing is escaped and no
// markup occurs. Sections (sections.h) make them, render.h turns them into HTML.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "model/report/json.h"
#include "model/report/page/flame.h"

namespace p9mmu::model::report::page {

struct Paragraph {
  std::string text;
  bool is_warning = false;
};

struct Bullets {
  std::vector<std::string> items;
};

struct Definitions {
  std::vector<std::pair<std::string, std::string>> items;
};

/// Text as it is, folded away under its summary.
struct Listing {
  std::string summary;
  std::string text;
};

enum class ColumnKind : std::uint8_t { words, number, code };

struct Column {
  std::string name;
  ColumnKind kind = ColumnKind::words;
};

struct Row {
  std::vector<std::string> cells;  ///< one for each column
  bool is_marked = false;          ///< to be seen at once
};

struct Table {
  std::string caption;
  std::vector<Column> columns;
  std::vector<Row> rows;
  std::size_t heads = 1;   ///< leading cells of a row that say what it is about
  bool is_folded = false;  ///< under its caption
};

/// A Vega specification with what it shows in words.
struct Chart {
  std::string title;
  std::string description;
  Json spec;
};

/// What a colour, a dash or a symbol means.
struct LegendEntry {
  std::string style;  ///< a class of the style sheet: "kernel-0", "cause-memory"
  std::string name;
  std::string symbol = {};  ///< an SVG path around (12, 6), if there is one
};

/// Charts that stand side by side where there is room, with one legend.
struct Charts {
  std::vector<LegendEntry> legend;
  std::vector<Chart> charts;
  bool are_small = false;
};

struct Flame {
  std::string title;
  std::string note;
  FlameGraph graph;
  bool is_folded = false;
};

using Block = std::variant<Paragraph, Bullets, Definitions, Listing, Table, Charts, Flame>;

struct Section {
  std::string id;  ///< unique in its chapter
  std::string heading;
  std::vector<Block> blocks;
};

/// One experiment.
struct Chapter {
  std::string title;
  std::string lead;
  std::vector<Section> sections;
};

struct Page {
  std::string title;
  std::string subtitle;
  std::vector<Chapter> chapters;
};

}  // namespace p9mmu::model::report::page
