#include "model/cli/output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace p9mmu::model {
namespace {

constexpr mode_t kMode = 0666;  // as the user's umask allows

[[noreturn]] void fail(const std::string& name) {
  throw OutputError(name + " cannot be written: " + std::strerror(errno));
}

bool is_special(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
}

/// What a symbolic link points to, so that replacing the file leaves the link.
std::string followed(const std::string& path) {
  char* resolved = ::realpath(path.c_str(), nullptr);
  if (resolved == nullptr) {
    return path;
  }
  std::string result(resolved);
  std::free(resolved);
  return result;
}

}  // namespace

void write_all(int descriptor, std::string_view text, const std::string& name) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      fail(name);
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

Output::Output(int descriptor, const std::string& path) : descriptor_(descriptor), path_(path) {
  if (path.empty()) {
    path_ = "standard output";
    return;
  }
  int flags = O_WRONLY | O_CLOEXEC;
  std::string target = path;
  if (!is_special(path)) {
    path_ = followed(path);
    temporary_ = path_ + ".tmp-" + std::to_string(::getpid());
    target = temporary_;
    flags |= O_CREAT | O_EXCL;
  }
  descriptor_ = ::open(target.c_str(), flags, kMode);
  if (descriptor_ < 0) {
    temporary_.clear();
    fail(path);
  }
  owned_ = true;
}

Output::~Output() {
  if (owned_) {
    ::close(descriptor_);
  }
  if (!temporary_.empty()) {
    ::unlink(temporary_.c_str());
  }
}

void Output::write(std::string_view text) {
  write_all(descriptor_, text, path_);
  if (temporary_.empty()) {
    return;
  }
  // A full disk may show only here.
  if (::fsync(descriptor_) != 0 || std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    fail(path_);
  }
  temporary_.clear();
}

}  // namespace p9mmu::model
