#include "model/cli/child.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <system_error>

#include "model/cli/exit_code.h"
#include "model/cli/output.h"

namespace p9mmu::model {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// The signals as they are for a program that has just started, and death with the parent.
void settle_in_child(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) {
    ::_exit(static_cast<int>(ExitCode::internal));
  }
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

void limit(decltype(RLIMIT_AS) what, std::uint64_t most) {
  struct rlimit bound {};
  if (::getrlimit(what, &bound) == 0) {
    bound.rlim_cur = std::min<rlim_t>(most, bound.rlim_max);
    ::setrlimit(what, &bound);
  }
}

void apply(const ChildLimits& limits, int said) {
#if !defined(__SANITIZE_ADDRESS__)  // whose shadow alone is larger than any limit
  if (limits.memory_bytes > 0) {
    limit(RLIMIT_AS, limits.memory_bytes);
  }
#endif
  if (limits.is_silent) {
    ::dup2(said, STDERR_FILENO);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, ChildLimits::kMostSaid);
    std::signal(SIGXFSZ, SIG_IGN);
  }
}

[[noreturn]] void be_child(const std::function<std::string()>& compute, int descriptor) {
  ExitCode code = ExitCode::success;
  try {
    write_all(descriptor, compute(), "the pipe to the parent");
  } catch (...) {
    code = ExitCode::internal;
  }
  // Not exit(): what the parent has registered to happen at its end must not happen twice.
  ::_exit(static_cast<int>(code));
}

}  // namespace

Child::Child(const std::function<std::string()>& compute, const ChildLimits& limits) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    fail("pipe");
  }
  if (limits.is_silent) {
    said_ = ::memfd_create("said", MFD_CLOEXEC);
  }
  std::fflush(nullptr);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) {
    const int problem = errno;
    ::close(ends[0]);
    ::close(ends[1]);
    ::close(said_);
    errno = problem;
    fail("fork");
  }
  if (pid_ == 0) {
    ::close(ends[0]);
    settle_in_child(parent);
    apply(limits, said_);
    be_child(compute, ends[1]);
  }
  ::close(ends[1]);
  descriptor_ = ends[0];
}

Child::~Child() {
  if (!ended()) {
    kill();
    reap();
  }
}

void Child::read_some() {
  std::array<char, 65536> buffer{};
  const ssize_t count = ::read(descriptor_, buffer.data(), buffer.size());
  if (count > 0) {
    end_.text.append(buffer.data(), static_cast<std::size_t>(count));
  } else if (count == 0 || errno != EINTR) {
    reap();
  }
}

void Child::kill() {
  if (!ended()) {
    ::kill(pid_, SIGKILL);
  }
}

void Child::reap() {
  int status = 0;
  struct rusage usage {};
  while (::wait4(pid_, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  ::close(descriptor_);
  descriptor_ = -1;
  read_said();
  const auto microseconds = [](const timeval& time) {
    return std::int64_t{time.tv_sec} * 1'000'000 + std::int64_t{time.tv_usec};
  };
  end_.exited = WIFEXITED(status);
  end_.status = end_.exited ? WEXITSTATUS(status) : WTERMSIG(status);
  end_.seconds = static_cast<double>(microseconds(usage.ru_utime) + microseconds(usage.ru_stime)) / 1e6;
  end_.peak_bytes = std::int64_t{usage.ru_maxrss} * 1024;
}

void Child::read_said() {
  if (said_ < 0) {
    return;
  }
  end_.said.resize(ChildLimits::kMostSaid);
  const ssize_t count = ::pread(said_, end_.said.data(), end_.said.size(), 0);
  end_.said.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  ::close(said_);
  said_ = -1;
}

}  // namespace p9mmu::model
