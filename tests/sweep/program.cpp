#include "tests/sweep/program.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <stdexcept>

namespace p9mmu::tests {
namespace {

std::string contents(int descriptor) {
  std::string text;
  std::array<char, 4096> buffer{};
  ssize_t count = 0;
  off_t place = 0;
  while ((count = ::pread(descriptor, buffer.data(), buffer.size(), place)) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
    place += count;
  }
  return text;
}

[[noreturn]] void become(const std::vector<std::string>& words, const std::vector<std::string>& variables,
                         int out, int err) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  for (const std::string& variable : variables) {
    ::putenv(const_cast<char*>(variable.c_str()));
  }
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);
  ::execvp(arguments.front(), arguments.data());
  ::_exit(127);
}

}  // namespace

Program::Program(const std::vector<std::string>& words, const std::vector<std::string>& variables)
    : out_(::memfd_create("out", MFD_CLOEXEC)), err_(::memfd_create("err", MFD_CLOEXEC)) {
  pid_ = ::fork();
  if (pid_ < 0) {
    throw std::runtime_error("no process to have");
  }
  if (pid_ == 0) {
    become(words, variables, out_, err_);
  }
}

Program::~Program() {
  if (!ended_) {
    kill(SIGKILL);
    (void)end();
  }
  ::close(out_);
  ::close(err_);
}

bool Program::wait(std::chrono::microseconds longest) {
  if (!ended_) {
    if (!process_ends(pid_, longest)) {
      return false;
    }
    ::waitpid(pid_, &status_, 0);
    ended_ = true;
  }
  return true;
}

void Program::kill(int signal) const {
  ::kill(pid_, signal);
}

Program::End Program::end() {
  if (!ended_) {
    ::waitpid(pid_, &status_, 0);
    ended_ = true;
  }
  return {WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_), contents(out_), contents(err_)};
}

std::vector<pid_t> children_of(pid_t pid) {
  const std::string process = std::to_string(pid);
  std::ifstream list("/proc/" + process + "/task/" + process + "/children");
  std::vector<pid_t> children;
  for (pid_t child = 0; list >> child;) {
    children.push_back(child);
  }
  return children;
}

bool process_ends(pid_t pid, std::chrono::microseconds longest) {
  const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (descriptor < 0) {
    return true;
  }
  pollfd end = {descriptor, POLLIN, 0};
  const auto nanoseconds = std::chrono::nanoseconds(longest).count();
  const timespec most = {nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
  const bool has_ended = ::ppoll(&end, 1, &most, nullptr) > 0;
  ::close(descriptor);
  return has_ended;
}

Program::End run_p9mmu(const std::vector<std::string>& words) {
  std::vector<std::string> all = {P9MMU_PROGRAM};
  all.insert(all.end(), words.begin(), words.end());
  return Program(all).end();
}

}  // namespace p9mmu::tests
