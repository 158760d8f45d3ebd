// A headless Chromium, driven by its DevTools protocol through a pipe: opens a page, says what it did. It
// needs no network and no other program. Every wait has an end, after which the test fails.
#pragma once

#include <sys/types.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace p9mmu::browser {

using Json = nlohmann::json;

class Browser {
 public:
  /// `profile` is an empty folder for what the browser keeps.
  explicit Browser(const std::string& profile);
  ~Browser();
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  /// Calls a method of the protocol for the page, or for the browser as a whole, and returns its result.
  /// Throws std::runtime_error if the browser refuses or does not answer.
  Json call(const std::string& method, const Json& parameters = Json::object());
  Json call_browser(const std::string& method, const Json& parameters = Json::object());

  /// Opens the page and waits until it has loaded. What was told of an earlier page is forgotten.
  void open(const std::string& url);

  /// The value of a JavaScript expression in the page; of a promise, what it resolves to.
  Json evaluate(const std::string& expression);

  /// Presses and releases a key, as in "ArrowDown", "Enter", "Tab".
  void press(const std::string& key);

  /// Errors and warnings on the console, uncaught exceptions, and what a policy forbade.
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }
  /// Of every request, the page's own included.
  [[nodiscard]] const std::vector<std::string>& requests() const { return requests_; }

 private:
  Json exchange(Json message);
  Json read_message();
  void note(const Json& event);

  pid_t pid_ = -1;
  int to_browser_ = -1;
  int from_browser_ = -1;
  int last_id_ = 0;
  std::string session_;
  std::string unread_;
  bool loaded_ = false;
  std::vector<std::string> complaints_;
  std::vector<std::string> requests_;
};

}  // namespace p9mmu::browser
