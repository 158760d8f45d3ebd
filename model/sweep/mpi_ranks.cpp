// Ranks by MPI: the only file that knows it. Nothing in it ever waits, because MPI waits by turning round,
// and the processor is wanted for the points.
#define OMPI_SKIP_MPICXX 1
#include <mpi.h>
#include <unistd.h>

#include <array>

#include "model/sweep/ranks.h"

namespace p9mmu::model {
namespace {

constexpr int kTag = 0;

class MpiRanks final : public Ranks {
 public:
  MpiRanks() {
    MPI_Init(nullptr, nullptr);
    // A rank that is gone is not to take this one along, where MPI lets it live.
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
  }

  [[nodiscard]] int rank() const override { return rank_; }
  [[nodiscard]] int size() const override { return size_; }
  [[nodiscard]] std::string host() const override {
    std::array<char, MPI_MAX_PROCESSOR_NAME> name{};
    int length = 0;
    MPI_Get_processor_name(name.data(), &length);
    return {name.data(), static_cast<std::size_t>(length)};
  }

  void send(int to, const std::string& text) override {
    MPI_Send(text.data(), static_cast<int>(text.size()), MPI_BYTE, to, kTag, MPI_COMM_WORLD);
  }

  [[nodiscard]] std::optional<RankMessage> receive() override {
    int there = 0;
    MPI_Message handle = MPI_MESSAGE_NULL;
    MPI_Status status;
    if (MPI_Improbe(MPI_ANY_SOURCE, kTag, MPI_COMM_WORLD, &there, &handle, &status) != MPI_SUCCESS ||
        there == 0) {
      return std::nullopt;
    }
    int size = 0;
    MPI_Get_count(&status, MPI_BYTE, &size);
    RankMessage message = {status.MPI_SOURCE, std::string(static_cast<std::size_t>(size), '\0')};
    MPI_Mrecv(message.text.data(), size, MPI_BYTE, &handle, MPI_STATUS_IGNORE);
    return message;
  }

  void finish() override {
    // Not MPI_Finalize at once: its barrier turns round at full speed while others are at work.
    MPI_Request barrier = MPI_REQUEST_NULL;
    MPI_Ibarrier(MPI_COMM_WORLD, &barrier);
    constexpr useconds_t kPause = 1000;
    for (int done = 0; done == 0; ::usleep(kPause)) {
      if (MPI_Test(&barrier, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS) {
        break;
      }
    }
    MPI_Finalize();
  }

 private:
  int rank_ = 0;
  int size_ = 1;
};

}  // namespace
}  // namespace p9mmu::model

extern "C" p9mmu::model::Ranks* p9mmu_make_ranks();

extern "C" p9mmu::model::Ranks* p9mmu_make_ranks() {
  return new p9mmu::model::MpiRanks();
}
