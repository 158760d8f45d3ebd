#include "tests/browser/devtools.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace p9mmu::browser {
namespace {

/// For one message. Chromium may take its time to start on a busy host.
constexpr int kPatienceMs = 60'000;
/// Where Chromium expects its pipe.
constexpr int kCommands = 3;
constexpr int kAnswers = 4;

[[noreturn]] void run_chromium(int commands, int answers, const std::string& profile) {
  ::setpgid(0, 0);
  // Out of the way first, so that neither takes the other's place.
  const int high_commands = ::fcntl(commands, F_DUPFD, 10);
  const int high_answers = ::fcntl(answers, F_DUPFD, 10);
  ::dup2(high_commands, kCommands);
  ::dup2(high_answers, kAnswers);
  ::close(high_commands);
  ::close(high_answers);
  const int nothing = ::open("/dev/null", O_RDWR);
  ::dup2(nothing, 0);
  ::dup2(nothing, 1);
  ::dup2(nothing, 2);
  const std::string folder = "--user-data-dir=" + profile;
  ::execl(P9MMU_CHROMIUM, "chromium", "--headless", "--remote-debugging-pipe", "--no-sandbox",
          "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
          "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--window-size=1280,900",
          folder.c_str(), "about:blank", static_cast<char*>(nullptr));
  ::_exit(127);
}

}  // namespace

Browser::Browser(const std::string& profile) {
  std::array<int, 2> commands{};
  std::array<int, 2> answers{};
  if (::pipe2(commands.data(), O_CLOEXEC) != 0 || ::pipe2(answers.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe to a browser");
  }
  pid_ = ::fork();
  if (pid_ == 0) {
    run_chromium(commands[0], answers[1], profile);
  }
  ::close(commands[0]);
  ::close(answers[1]);
  to_browser_ = commands[1];
  from_browser_ = answers[0];
  const Json target = call_browser("Target.createTarget", {{"url", "about:blank"}});
  session_ = call_browser("Target.attachToTarget", {{"targetId", target.at("targetId")}, {"flatten", true}})
                 .at("sessionId")
                 .get<std::string>();
  for (const char* domain : {"Page", "Runtime", "Log", "Network"}) {
    call(std::string(domain) + ".enable");
  }
}

Browser::~Browser() {
  ::close(to_browser_);
  ::close(from_browser_);
  if (pid_ > 0) {
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

Json Browser::call(const std::string& method, const Json& parameters) {
  return exchange({{"method", method}, {"params", parameters}, {"sessionId", session_}});
}

Json Browser::call_browser(const std::string& method, const Json& parameters) {
  return exchange({{"method", method}, {"params", parameters}});
}

Json Browser::exchange(Json message) {
  message["id"] = ++last_id_;
  const std::string text = message.dump() + '\0';
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t count = ::write(to_browser_, text.data() + sent, text.size() - sent);
    if (count <= 0) {
      throw std::runtime_error("the browser is gone");
    }
    sent += static_cast<std::size_t>(count);
  }
  for (;;) {
    const Json answer = read_message();
    if (answer.value("id", 0) != last_id_) {
      note(answer);
    } else if (answer.contains("error")) {
      throw std::runtime_error(message["method"].get<std::string>() + ": " + answer["error"].dump());
    } else {
      return answer.at("result");
    }
  }
}

Json Browser::read_message() {
  std::size_t end = 0;
  while ((end = unread_.find('\0')) == std::string::npos) {
    pollfd waiting{from_browser_, POLLIN, 0};
    std::array<char, 65536> bytes{};
    if (::poll(&waiting, 1, kPatienceMs) <= 0) {
      throw std::runtime_error("the browser does not answer");
    }
    const ssize_t count = ::read(from_browser_, bytes.data(), bytes.size());
    if (count <= 0) {
      throw std::runtime_error("the browser has ended");
    }
    unread_.append(bytes.data(), static_cast<std::size_t>(count));
  }
  const Json message = Json::parse(unread_.substr(0, end));
  unread_.erase(0, end + 1);
  return message;
}

void Browser::note(const Json& event) {
  const std::string method = event.value("method", "");
  const Json& parameters = event.contains("params") ? event["params"] : Json::object();
  if (method == "Page.loadEventFired") {
    loaded_ = true;
  } else if (method == "Network.requestWillBeSent") {
    requests_.push_back(parameters["request"]["url"].get<std::string>());
  } else if (method == "Runtime.exceptionThrown") {
    complaints_.push_back("exception: " + parameters["exceptionDetails"].dump());
  } else if (method == "Runtime.consoleAPICalled" &&
             (parameters["type"] == "error" || parameters["type"] == "warning")) {
    complaints_.push_back("console: " + parameters["args"].dump());
  } else if (method == "Log.entryAdded" &&
             (parameters["entry"]["level"] == "error" || parameters["entry"]["level"] == "warning")) {
    complaints_.push_back("log: " + parameters["entry"]["text"].get<std::string>());
  }
}

void Browser::open(const std::string& url) {
  complaints_.clear();
  requests_.clear();
  loaded_ = false;
  call("Page.navigate", {{"url", url}});
  while (!loaded_) {
    note(read_message());
  }
}

Json Browser::evaluate(const std::string& expression) {
  const Json answer =
      call("Runtime.evaluate", {{"expression", expression}, {"awaitPromise", true}, {"returnByValue", true}});
  if (answer.contains("exceptionDetails")) {
    throw std::runtime_error(expression + ": " + answer["exceptionDetails"].dump());
  }
  return answer.at("result").value("value", Json());
}

void Browser::press(const std::string& key) {
  static const std::vector<std::pair<std::string, int>> codes = {
      {"Tab", 9},        {"Enter", 13},   {"Escape", 27},     {"Home", 36},
      {"ArrowLeft", 37}, {"ArrowUp", 38}, {"ArrowRight", 39}, {"ArrowDown", 40}};
  int code = 0;
  for (const auto& [name, number] : codes) {
    code = name == key ? number : code;
  }
  Json event = {{"key", key}, {"code", key}, {"windowsVirtualKeyCode", code}, {"type", "rawKeyDown"}};
  if (key == "Enter") {
    event["type"] = "keyDown";
    event["text"] = "\r";
  }
  call("Input.dispatchKeyEvent", event);
  event["type"] = "keyUp";
  event.erase("text");
  call("Input.dispatchKeyEvent", event);
}

}  // namespace p9mmu::browser
