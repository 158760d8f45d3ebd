#include "model/sweep/ranks.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>

#include "mmu/error.h"

namespace p9mmu::model {
namespace {

int number_in(const char* variable, int otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::atoi(text);
}

}  // namespace

RankEnvironment rank_environment() {
  if (std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr) {
    return {number_in("OMPI_COMM_WORLD_RANK", 0), number_in("OMPI_COMM_WORLD_SIZE", 1)};
  }
  // srun --mpi=pmix: how many there are is Slurm's to say.
  if (std::getenv("PMIX_RANK") != nullptr) {
    return {number_in("PMIX_RANK", 0), number_in("SLURM_NTASKS", 1)};
  }
  return {};
}

std::unique_ptr<Ranks> join_ranks() {
  const std::filesystem::path module =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / kRanksModule;
  // Open MPI's own modules look for its symbols among the global ones.
  void* const library = ::dlopen(module.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr) {
    throw mmu::UserError("this is one of several ranks, but MPI cannot be used: " + std::string(::dlerror()) +
                         "; build the program with Open MPI installed, or run it without mpirun");
  }
  using Make = Ranks* (*)();
  const auto make = reinterpret_cast<Make>(::dlsym(library, kMakeRanks));
  if (make == nullptr) {
    throw mmu::UserError(module.string() + " is not of this program");
  }
  return std::unique_ptr<Ranks>(make());
}

}  // namespace p9mmu::model
