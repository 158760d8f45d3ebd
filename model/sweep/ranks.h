// The processes of one parallel job, by number from 0, and texts between them. The one implementation talks
// MPI and is a module of its own (mpi_ranks.cpp), loaded only in such a job, so that the program neither
// needs MPI nor waits for its libraries otherwise.
#pragma once

#include <memory>
#include <optional>
#include <string>

namespace p9mmu::model {

struct RankMessage {
  int from = 0;
  std::string text;
};

class Ranks {
 public:
  virtual ~Ranks() = default;
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  [[nodiscard]] virtual int rank() const = 0;
  [[nodiscard]] virtual int size() const = 0;
  /// Of the computer that this rank runs on.
  [[nodiscard]] virtual std::string host() const = 0;
  virtual void send(int to, const std::string& text) = 0;
  /// The next text that has come, without waiting.
  [[nodiscard]] virtual std::optional<RankMessage> receive() = 0;
  /// To be called by every rank at its end, once; waits for the others. Not to be called when some are gone.
  virtual void finish() = 0;

 protected:
  Ranks() = default;
};

/// What the environment says of the job that this process is in.
struct RankEnvironment {
  int rank = 0;
  int size = 1;
};

/// As Open MPI's mpirun and others that speak PMIx set it up; a job of one if there is none.
[[nodiscard]] RankEnvironment rank_environment();

/// Joins the job. Throws mmu::UserError if the program was built without MPI.
[[nodiscard]] std::unique_ptr<Ranks> join_ranks();

/// The name of the module's one function, which makes an object that the caller owns.
inline constexpr const char* kMakeRanks = "p9mmu_make_ranks";
inline constexpr const char* kRanksModule = "p9mmu_mpi.so";

}  // namespace p9mmu::model
