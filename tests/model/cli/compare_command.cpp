#include <catch2/catch.hpp>

#include "model/report/json.h"
#include "tests/model/sample.h"

namespace p9mmu::model {
namespace {

using Catch::Contains;
using report::Json;

struct Files {
  TemporaryDirectory directory;
  std::string a;
  std::string b;
  std::string broken;

  Files() {
    report::RunDocument document = sample_document();
    a = directory.write("a.json", report::dump(to_json(document)));
    document.seed = 8;
    document.results[1].elapsed_ps += 500;
    document.results[1].accounts[1].ps += 500;
    b = directory.write("b.json", report::dump(to_json(document)));
    broken = directory.write("broken.json", "{\n  \"schema\": \"p9mmu.run/1\",\n  oops\n}\n");
  }
};

TEST_CASE("compare tells by its exit code whether results are the same") {
  const Files files;
  const Outcome same = run_words({"compare", files.a, files.a});
  CHECK(same.code == ExitCode::success);
  CHECK_THAT(same.out, Contains("The inputs are the same.") && Contains("The results are the same."));
  const Outcome different = run_words({"compare", files.a, files.b});
  CHECK(different.code == ExitCode::mismatch);
  CHECK(different.err.empty());
  CHECK_THAT(different.out, Contains("\n  seed  7  8\n") && Contains("munmap under ipi: the same\n") &&
                                Contains("munmap under ipi-free\n") && Contains("[compute]"));
  CHECK(run_words({"compare", files.a + ":ipi", files.b}).code == ExitCode::success);
  CHECK(run_words({"compare", files.a, files.b + ":ipi-free"}).code == ExitCode::mismatch);
}

TEST_CASE("compare holds two kernels of one run against each other") {
  const Files files;
  const Outcome outcome = run_words({"compare", files.b + ":ipi", files.b + ":ipi-free", "--format", "json"});
  CHECK(outcome.code == ExitCode::mismatch);
  const Json json = Json::parse(outcome.out);
  CHECK(json["inputs"] == Json::array({{{"name", "kernel"}, {"a", "ipi"}, {"b", "ipi-free"}}}));
  CHECK(json["phases"].size() == 1);
  CHECK(json["phases"][0]["figures"][0]["difference"] == 500);
}

TEST_CASE("a file whose name has a colon is that file") {
  const Files files;
  const std::string odd = files.directory.write("a:ipi", read_whole(files.a));
  CHECK(run_words({"compare", odd, files.a}).code == ExitCode::success);
}

TEST_CASE("the option --output of compare writes the comparison there instead") {
  const Files files;
  const std::string path = files.directory.file("out");
  const Outcome outcome = run_words({"compare", files.a, files.b, "--output", path});
  CHECK(outcome.code == ExitCode::mismatch);
  CHECK(outcome.out.empty());
  CHECK_THAT(read_whole(path), Catch::EndsWith("The results differ.\n"));
}

TEST_CASE("what cannot be compared is the user's mistake, with file and line") {
  const Files files;
  const std::string other = files.directory.write("other.json", "{\"schema\": \"p9mmu.compare/1\"}");
  const std::string half =
      files.directory.write("half.json", "{\"schema\": \"p9mmu.run/1\", \"results\": []}");
  const auto fails = [](const std::vector<std::string>& words, const std::string& message) {
    const Outcome outcome = run_words(words);
    CHECK(outcome.code == ExitCode::user_mistake);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err, Catch::StartsWith("p9mmu: " + message));
  };
  const std::string expected = "; expected a document of p9mmu run --format json";
  fails({"compare", files.a}, "compare: B is missing; expected p9mmu compare A B\n");
  fails({"compare", files.a, files.b, files.a}, "compare: unexpected argument '" + files.a + "'\n");
  fails({"compare", files.a, "/nowhere"}, "/nowhere: cannot be read: No such file or directory\n");
  fails({"compare", "/tmp", files.a}, "/tmp: cannot be read: Is a directory\n");
  fails({"compare", files.a, files.broken}, files.broken + ":3: is no JSON" + expected + "\n");
  fails({"compare", other, files.a},
        other + ": has schema \"p9mmu.compare/1\"" + expected + ", \"p9mmu.run/1\"\n");
  fails({"compare", half, files.a}, half + ": lacks what a run document has (");
  fails({"compare", files.a + ":ipi-fre", files.b},
        files.a + ": has no result under kernel 'ipi-fre' (did you mean 'ipi-free'?)\n");
  fails({"compare", files.a, files.b, "--paths", "few"}, "--paths: 'few' is not a whole number");
}

}  // namespace
}  // namespace p9mmu::model
