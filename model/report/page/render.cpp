#include "model/report/page/render.h"

#include <algorithm>
#include <array>
#include <kainjow/mustache.hpp>

#include "mmu/check.h"
#include "model/report/numbers.h"
#include "model/report/page/assets.h"
#include "model/report/page/causes.h"

namespace p9mmu::model::report::page {
namespace {

using kainjow::mustache::data;

/// The height of a flame graph's level, as the style sheet and the script have it.
constexpr std::size_t kLevelPixels = 22;
/// A table of more rows is scrolled through in a box of its own.
constexpr std::size_t kLongTable = 40;

/// A section of the template that is there or not. What a template does not find in an object it looks for in
/// those around it, so that every object has all its names.
data yes(bool is_there) {
  return data(is_there ? data::type::bool_true : data::type::bool_false);
}

data list_of_texts(const char* name, const std::vector<std::string>& texts) {
  data list(data::type::list);
  for (const std::string& text : texts) {
    data item;
    item.set(name, text);
    list << item;
  }
  return list;
}

const char* kind_class(ColumnKind kind) {
  return kind == ColumnKind::words ? "words" : kind == ColumnKind::number ? "number" : "code";
}

data describe(const Paragraph& paragraph) {
  data object;
  object.set("warns", yes(paragraph.is_warning));
  object.set("text", paragraph.text);
  return object;
}

data describe(const Bullets& bullets) {
  data object;
  object.set("items", list_of_texts("item", bullets.items));
  return object;
}

data describe(const Definitions& definitions) {
  data list(data::type::list);
  for (const auto& [term, item] : definitions.items) {
    data one;
    one.set("term", term);
    one.set("item", item);
    list << one;
  }
  data object;
  object.set("items", list);
  return object;
}

data describe(const Listing& listing) {
  data object;
  object.set("summary", listing.summary);
  object.set("text", listing.text);
  return object;
}

/// Words of a command, so that no line is broken within an option.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

data describe(const Table& table, const Row& row) {
  P9MMU_CHECK(row.cells.size() == table.columns.size(),
              "a row of '" << table.caption << "' has " << row.cells.size() << " cells");
  data cells(data::type::list);
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    const ColumnKind kind = table.columns[i].kind;
    data cell;
    cell.set("cell", row.cells[i]);
    cell.set("kind", kind_class(kind));
    cell.set("head", yes(i < table.heads));
    cell.set("plain", yes(i >= table.heads && kind != ColumnKind::code));
    const bool is_code = i >= table.heads && kind == ColumnKind::code;
    cell.set("code", yes(is_code));
    cell.set("words", list_of_texts("word", is_code ? words_of(row.cells[i]) : std::vector<std::string>()));
    cells << cell;
  }
  data object;
  object.set("marked", yes(row.is_marked));
  object.set("cells", cells);
  return object;
}

data describe(const Table& table) {
  data columns(data::type::list);
  for (const Column& column : table.columns) {
    data one;
    one.set("column", column.name);
    one.set("kind", kind_class(column.kind));
    columns << one;
  }
  data rows(data::type::list);
  for (const Row& row : table.rows) {
    rows << describe(table, row);
  }
  data object;
  object.set("caption", table.caption);
  object.set("folded", yes(table.is_folded));
  object.set("long", yes(table.rows.size() > kLongTable));
  object.set("columns", columns);
  object.set("rows", rows);
  return object;
}

data describe(const Charts& charts) {
  data legend(data::type::list);
  for (const LegendEntry& entry : charts.legend) {
    data one;
    one.set("style", entry.style);
    one.set("entry", entry.name);
    one.set("symbol", entry.symbol);
    legend << one;
  }
  data figures(data::type::list);
  for (const Chart& chart : charts.charts) {
    data one;
    one.set("figure", chart.title);
    one.set("description", chart.description);
    one.set("spec", json_for_script(chart.spec));
    figures << one;
  }
  data object;
  object.set("has_legend", yes(!charts.legend.empty()));
  object.set("legend", legend);
  object.set("grid", charts.charts.size() == 1 ? "one" : charts.are_small ? "small" : "side-by-side");
  object.set("figures", figures);
  return object;
}

data describe(const Flame& flame) {
  const FlameGraph& graph = flame.graph;
  const auto total = static_cast<double>(graph.total_ps);
  data frames(data::type::list);
  for (const Frame& frame : graph.frames) {
    const double share = 100 * static_cast<double>(frame.ps) / total;
    const std::string name = frame.cause.empty() ? frame.name : "[" + frame.name + "]";
    data one;
    one.set("style", frame.cause.empty() ? "routine" : "cause-" + cause_class(frame.cause));
    one.set("top", std::to_string(frame.depth * kLevelPixels));
    // Not numbers for people: no commas.
    one.set("left", Json(100 * static_cast<double>(frame.begin_ps) / total).dump());
    one.set("width", Json(share).dump());
    one.set("full", name + ": " + significant(static_cast<double>(frame.ps) / 1e9, 4) + " ms, " +
                        significant(share, 3) + "%");
    one.set("frame", name);
    frames << one;
  }
  data object;
  object.set("flame_title", flame.title);
  object.set("note", flame.note);
  object.set("folded", yes(flame.is_folded));
  object.set("height", std::to_string(graph.depth * kLevelPixels));
  object.set("frames", frames);
  return object;
}

std::string fill(const Asset& asset, const data& object) {
  kainjow::mustache::mustache parsed{std::string(asset.text)};
  P9MMU_CHECK(parsed.is_valid(), "a template of the page: " << parsed.error_message());
  return parsed.render(object);
}

std::string render_block(const Block& block) {
  constexpr std::array<const Asset*, std::variant_size_v<Block>> kTemplates = {
      &kParagraphTemplate, &kBulletsTemplate, &kDefinitionsTemplate, &kListingTemplate,
      &kTableTemplate,     &kChartsTemplate,  &kFlameTemplate};
  return std::visit([&](const auto& one) { return fill(*kTemplates[block.index()], describe(one)); }, block);
}

data describe(const Section& section) {
  std::vector<std::string> blocks;
  for (const Block& block : section.blocks) {
    blocks.push_back(render_block(block));
  }
  data object;
  object.set("section", section.id);
  object.set("name", section.heading);
  object.set("blocks", list_of_texts("block", blocks));
  return object;
}

data describe_chapters(const Page& page) {
  data chapters(data::type::list);
  for (const Chapter& chapter : page.chapters) {
    data sections(data::type::list);
    for (const Section& section : chapter.sections) {
      sections << describe(section);
    }
    data object;
    object.set("chapter", "part-" + std::to_string(chapters.list_value().size() + 1));
    object.set("heading", chapter.title);
    object.set("alone", yes(page.chapters.size() == 1 && chapter.title == page.title));
    object.set("has_lead", yes(!chapter.lead.empty()));
    object.set("lead", chapter.lead);
    object.set("sections", sections);
    chapters << object;
  }
  return chapters;
}

/// Hexadecimal digits, two a byte, as base 64.
std::string base64(std::string_view hex) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto value = [](char digit) {
    return static_cast<std::uint32_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
  };
  std::string text;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char digit : hex) {
    bits = (bits << 4U) | value(digit);
    held += 4;
    while (held >= 6) {
      held -= 6;
      text += kDigits[(bits >> static_cast<unsigned>(held)) & 63U];
    }
  }
  if (held > 0) {
    text += kDigits[(bits << static_cast<unsigned>(6 - held)) & 63U];
  }
  return text.append((4 - text.size() % 4) % 4, '=');
}

/// Nothing is fetched from anywhere; of scripts only those that the program put here run. Styles may stand in
/// attributes, where the flame graphs and Vega put them.
std::string policy() {
  std::string scripts = "'sha256-" + base64(kScript.sha256) + "'";
  if (!kVega.text.empty()) {
    scripts += " 'sha256-" + base64(kVega.sha256) + "'";
  }
  return "default-src 'none'; script-src " + scripts +
         "; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";
}

}  // namespace

std::string json_for_script(const Json& json) {
  std::string text;
  for (const char c : json.dump(-1, ' ', false, Json::error_handler_t::replace)) {
    text += c == '<' ? "\\u003c" : std::string(1, c);
  }
  return text;
}

std::string render(const Page& page) {
  data object;
  object.set("policy", policy());
  object.set("generator", "p9mmu " P9MMU_VERSION);
  object.set("title", page.title);
  object.set("subtitle", page.subtitle);
  object.set("style", std::string(kStyle.text));
  object.set("script", std::string(kScript.text));
  object.set("vega", std::string(kVega.text));
  object.set("notice", std::string(kVegaNotice.text));
  object.set("has_charts", yes(!kVega.text.empty()));
  object.set("has_no_charts", yes(kVega.text.empty()));
  object.set("chapters", describe_chapters(page));
  return fill(kPageTemplate, object);
}

}  // namespace p9mmu::model::report::page
