#include "workloads/script/pattern.h"

#include <string>

#include "mmu/error.h"

namespace p9mmu::workloads {
namespace {

using mmu::UserError;

constexpr char kEscape = '%';

/// Thrown through the matcher's recursion when the steps are used up; never leaves this file.
struct OutOfSteps {};

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_graphic(char c) {
  return c > ' ' && c < '\x7f';
}
bool is_control(char c) {
  return (c >= '\0' && c < ' ') || c == '\x7f';
}
bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_alphanumeric(char c) {
  return is_lower(c) || is_upper(c) || is_digit(c);
}

/// Whether the class "%`letter`" holds `c`, in the C locale; an upper-case letter is the complement, and what
/// is no class stands for itself.
bool class_holds(char letter, char c) {
  const char lower = is_upper(letter) ? static_cast<char>(letter - 'A' + 'a') : letter;
  bool holds = false;
  switch (lower) {
    case 'a':
      holds = is_lower(c) || is_upper(c);
      break;
    case 'c':
      holds = is_control(c);
      break;
    case 'd':
      holds = is_digit(c);
      break;
    case 'g':
      holds = is_graphic(c);
      break;
    case 'l':
      holds = is_lower(c);
      break;
    case 'p':
      holds = is_graphic(c) && !is_alphanumeric(c);
      break;
    case 's':
      holds = is_space(c);
      break;
    case 'u':
      holds = is_upper(c);
      break;
    case 'w':
      holds = is_alphanumeric(c);
      break;
    case 'x':
      holds = is_hex(c);
      break;
    default:
      return letter == c;
  }
  return holds != is_upper(letter);
}

}  // namespace

void PatternMatcher::step() {
  if (steps_left_ == 0) {
    throw OutOfSteps();
  }
  --steps_left_;
}

PatternMatcher::Outcome PatternMatcher::match_at(std::size_t begin) {
  captures_ = 0;
  depth_ = 0;
  try {
    const std::size_t end = match(begin, 0);
    if (end == kNowhere) {
      return Outcome::failed;
    }
    end_ = end;
  } catch (const OutOfSteps&) {
    return Outcome::out_of_steps;
  }
  for (std::size_t i = 0; i < captures_; ++i) {
    if (open_[i]) {
      throw UserError("malformed pattern: a '(' is never closed");
    }
  }
  return Outcome::matched;
}

/// Where the single item that begins at `p` ends: a character, "%x", or a set.
std::size_t PatternMatcher::item_end(std::size_t p) const {
  const char first = pattern_[p++];
  if (first == kEscape) {
    if (p == pattern_.size()) {
      throw UserError("malformed pattern: it ends with '%'");
    }
    return p + 1;
  }
  if (first != '[') {
    return p;
  }
  if (p < pattern_.size() && pattern_[p] == '^') {
    ++p;
  }
  // The first character of a set belongs to it even if it is ']'.
  do {
    if (p < pattern_.size() && pattern_[p] == kEscape) {
      ++p;
    }
    ++p;
    if (p >= pattern_.size()) {
      throw UserError("malformed pattern: a '[' is never closed");
    }
  } while (pattern_[p] != ']');
  return p + 1;
}

/// Whether the set "[...]" that occupies [set, set_end) of the pattern holds `c`.
bool PatternMatcher::set_holds(char c, std::size_t set, std::size_t set_end) const {
  const std::size_t last = set_end - 1;
  const bool complement = pattern_[set + 1] == '^';
  const auto byte = static_cast<unsigned char>(c);
  std::size_t p = set + 1 + (complement ? 1 : 0);
  while (p < last) {
    if (pattern_[p] == kEscape) {
      if (class_holds(pattern_[p + 1], c)) {
        return !complement;
      }
      p += 2;
    } else if (p + 2 < last && pattern_[p + 1] == '-') {
      if (static_cast<unsigned char>(pattern_[p]) <= byte &&
          byte <= static_cast<unsigned char>(pattern_[p + 2])) {
        return !complement;
      }
      p += 3;
    } else {
      if (pattern_[p] == c) {
        return !complement;
      }
      ++p;
    }
  }
  return complement;
}

/// Whether the subject's character at `s` matches the single item in [p, item_end).
bool PatternMatcher::single_matches(std::size_t s, std::size_t p, std::size_t item_end) {
  step();
  if (s >= subject_.size()) {
    return false;
  }
  switch (pattern_[p]) {
    case '.':
      return true;
    case kEscape:
      return class_holds(pattern_[p + 1], subject_[s]);
    case '[':
      return set_holds(subject_[s], p, item_end);
    default:
      return pattern_[p] == subject_[s];
  }
}

/// The end of a match of the pattern from `p` on, at `s`; kNowhere when there is none.
std::size_t PatternMatcher::match(std::size_t s, std::size_t p) {
  step();
  if (++depth_ > kDeepest) {
    throw UserError("pattern too complex");
  }
  struct Leave {
    int& depth;
    ~Leave() { --depth; }
  } leave{depth_};
  while (p < pattern_.size()) {
    const char first = pattern_[p];
    const char second = p + 1 < pattern_.size() ? pattern_[p + 1] : '\0';
    if (first == '(') {
      return open_capture(s, p);
    }
    if (first == ')') {
      return close_capture(s, p);
    }
    if (first == '$' && p + 1 == pattern_.size()) {
      return s == subject_.size() ? s : kNowhere;
    }
    if (first == kEscape && second == 'b') {
      s = match_balanced(s, p + 2);
      p += 4;
    } else if (first == kEscape && second == 'f') {
      if (p + 2 >= pattern_.size() || pattern_[p + 2] != '[') {
        throw UserError("malformed pattern: '[' expected after '%f'");
      }
      const std::size_t set_end = item_end(p + 2);
      s = at_frontier(s, p + 2, set_end) ? s : kNowhere;
      p = set_end;
    } else if (first == kEscape && is_digit(second)) {
      s = match_back_reference(s, second);
      p += 2;
    } else {
      const std::size_t end = item_end(p);
      if (end < pattern_.size() && std::string_view("*+-?").find(pattern_[end]) != std::string_view::npos) {
        return match_repeated(s, p, end);
      }
      s = single_matches(s, p, end) ? s + 1 : kNowhere;
      p = end;
    }
    if (s == kNowhere) {
      return kNowhere;
    }
  }
  return s;
}

std::size_t PatternMatcher::match_repeated(std::size_t s, std::size_t p, std::size_t item_end) {
  switch (pattern_[item_end]) {
    case '?': {
      if (single_matches(s, p, item_end)) {
        const std::size_t end = match(s + 1, item_end + 1);
        if (end != kNowhere) {
          return end;
        }
      }
      return match(s, item_end + 1);
    }
    case '+':
      return single_matches(s, p, item_end) ? match_longest(s + 1, p, item_end) : kNowhere;
    case '-':
      return match_shortest(s, p, item_end);
    default:
      return match_longest(s, p, item_end);
  }
}

std::size_t PatternMatcher::match_longest(std::size_t s, std::size_t p, std::size_t item_end) {
  std::size_t count = 0;
  while (single_matches(s + count, p, item_end)) {
    ++count;
  }
  while (true) {
    const std::size_t end = match(s + count, item_end + 1);
    if (end != kNowhere || count == 0) {
      return end;
    }
    --count;
  }
}

std::size_t PatternMatcher::match_shortest(std::size_t s, std::size_t p, std::size_t item_end) {
  while (true) {
    const std::size_t end = match(s, item_end + 1);
    if (end != kNowhere) {
      return end;
    }
    if (!single_matches(s, p, item_end)) {
      return kNowhere;
    }
    ++s;
  }
}

/// The end of what "%bxy" matches at `s`, `p` being the place of x.
std::size_t PatternMatcher::match_balanced(std::size_t s, std::size_t p) {
  if (p + 1 >= pattern_.size()) {
    throw UserError("malformed pattern: two characters expected after '%b'");
  }
  if (s >= subject_.size() || subject_[s] != pattern_[p]) {
    return kNowhere;
  }
  std::size_t depth = 1;
  for (++s; s < subject_.size(); ++s) {
    step();
    if (subject_[s] == pattern_[p + 1]) {
      if (--depth == 0) {
        return s + 1;
      }
    } else if (subject_[s] == pattern_[p]) {
      ++depth;
    }
  }
  return kNowhere;
}

bool PatternMatcher::at_frontier(std::size_t s, std::size_t set, std::size_t set_end) {
  const char before = s == 0 ? '\0' : subject_[s - 1];
  const char after = s == subject_.size() ? '\0' : subject_[s];
  return !set_holds(before, set, set_end) && set_holds(after, set, set_end);
}

std::size_t PatternMatcher::open_capture(std::size_t s, std::size_t p) {
  if (captures_ == kMostCaptures) {
    throw UserError("too many captures");
  }
  const bool is_position = p + 1 < pattern_.size() && pattern_[p + 1] == ')';
  capture_[captures_] = Capture{s, 0, is_position};
  open_[captures_] = !is_position;
  ++captures_;
  const std::size_t end = match(s, p + (is_position ? 2 : 1));
  if (end == kNowhere) {
    --captures_;
  }
  return end;
}

std::size_t PatternMatcher::close_capture(std::size_t s, std::size_t p) {
  std::size_t innermost = captures_;
  while (innermost > 0 && !open_[innermost - 1]) {
    --innermost;
  }
  if (innermost == 0) {
    throw UserError("malformed pattern: a ')' closes nothing");
  }
  const std::size_t index = innermost - 1;
  capture_[index].length = s - capture_[index].begin;
  open_[index] = false;
  const std::size_t end = match(s, p + 1);
  if (end == kNowhere) {
    open_[index] = true;
  }
  return end;
}

std::size_t PatternMatcher::match_back_reference(std::size_t s, char digit) {
  const auto index = static_cast<std::size_t>(digit - '1');
  if (digit == '0' || index >= captures_ || open_[index]) {
    throw UserError(std::string("invalid capture index %") + digit);
  }
  const Capture& capture = capture_[index];
  const std::string_view text = subject_.substr(capture.begin, capture.length);
  step();
  if (capture.is_position) {
    return kNowhere;
  }
  return subject_.substr(s, text.size()) == text ? s + text.size() : kNowhere;
}

}  // namespace p9mmu::workloads
