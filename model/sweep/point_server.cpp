#include "model/sweep/point_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace p9mmu::model {
namespace {

constexpr std::chrono::hours kLong{1};

/// In the server's process, until the other end is closed.
void serve(const SweepPlan& plan, const Environment::Simulate& simulate, const PointLimits& limits,
           TextSocket& socket) {
  // Who ends the job ends this process by ending its parent.
  std::signal(SIGTERM, SIG_IGN);
  const InterruptWatch watch;
  PointRunner runner(plan, simulate, limits);
  for (bool open = true; open;) {
    pollfd request = {socket.descriptor(), POLLIN, 0};
    for (const PointEnd& end : runner.wait(watch, &request, kLong)) {
      open = socket.send(encode(end)) && open;
    }
    if (request.revents != 0) {
      open = socket.fill() && open;
      while (const auto text = socket.next()) {
        runner.start(std::stoull(*text));
      }
    }
  }
}

}  // namespace

PointServer::PointServer(const SweepPlan& plan, const Environment::Simulate& simulate,
                         const PointLimits& limits) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  socket_ = std::make_unique<TextSocket>(ends[0]);
  auto other = std::make_unique<TextSocket>(ends[1]);
  child_ = std::make_unique<Child>([&] {
    socket_.reset();
    serve(plan, simulate, limits, *other);
    return std::string();
  });
}

void PointServer::start(std::size_t point) {
  gone_ = !socket_->send(std::to_string(point)) || gone_;
}

std::vector<std::string> PointServer::ended() {
  gone_ = !socket_->fill() || gone_;
  std::vector<std::string> result;
  while (auto text = socket_->next()) {
    result.push_back(std::move(*text));
  }
  return result;
}

}  // namespace p9mmu::model
