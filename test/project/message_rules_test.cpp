// SPDX-License-Identifier: Apache-2.0
#include "test/project/message_rules.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

#include "test/support/source_tree.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::message_rules_test {
namespace {

/// Messages that no test names, and why.
struct Exceptions {
  const char* reason;
  std::set<std::string> messages;
};

const std::vector<Exceptions> kExceptions = {
    {"The host would have to refuse what it grants whoever runs the tests.",
     {"cannot list", "cannot remove", "cannot start a process", "the list of points' keys"}},
    {"It takes a trace of 64 GB.", {"a trace holds at most 2^32 - 2 requests"}},
    {"A simulator that was built finds the folder of its sources.",
     {"not found above the executable"}},
    {"Tests provoke it and look at the kind of error alone: the program is at fault.",
     {"a buffer was given more than it holds", "a packet came for a job that is not in flight",
      "a packet was delivered twice", "a unit reported without an order",
      "a trace image ends early", "a trace image is longer than its trace",
      "uniform_below() of an empty range", "two statistics of a group have the same name",
      "statistics of no sample"}},
    {"A caller within the program would have to be wrong.",
     {"a machine of no kind",
      "an enum value without a name",
      "a time without a unit",
      "random values of a format without any",
      "script_dense of a layer without widths",
      "a region was taken twice",
      "a region was given back twice",
      "an output and its reference have different sizes",
      "a packet is to be stored without its values",
      "a burst needs a free slot in the queue",
      "a request was given to a controller that still holds one",
      "a DRAM request must ask for 1 to 64 bursts",
      "a DRAM channel runs in the DRAM's own clock",
      "a request waits for a clock that never comes",
      "a channel moved more bytes than its data bus can",
      "a buffer was read in more cycles than the run has",
      "S was accessed in more cycles than the run has",
      "more bytes were on the ways of a buffer than these carry",
      "more bytes crossed between the engines than the ways carry",
      "more words passed between the lines and S than the ways carry",
      "rows were forwarded in more cycles than the run has",
      "a request for a Q row was not seen in the next cycle",
      "a line asked for a Q row and did not get it",
      "scores were taken in more cycles than the run has",
      "the lines of the sparser engine wait for each other",
      "scores are left and no line of the sparser engine has work",
      "binary value in a JSON text",
      "the table of NumPy types is not in the order of the enum",
      "the values of an array do not fit its shape",
      "an array has too many axes",
      "a value of a bool array is neither 0 nor 1",
      "order of an empty or too large set",
      "the points of a search depend on its outcomes",
      "a clock needs a frequency",
      "a link's port must belong to a block",
      "a scheduler needs a clock",
      "a row has an entry for each key",
      "sparsity out of reach",
      "no row lengths have the wanted sum",
      "rows to lengthen are missing",
      "key order and map differ in their number of keys",
      "more denser columns than keys",
      "heads of one attention block differ in shape",
      "an attention block has at least one head"}},
};

}  // namespace

TEST_CASE("every message of the sources is named by a test, but for those with a reason") {
  std::set<std::string> all;
  for (const Exceptions& row : kExceptions) all.insert(row.messages.begin(), row.messages.end());
  std::string text;
  for (const std::string& violation : find_untested_messages(source_dir(), all)) {
    text += violation + "\n";
  }
  CHECK(text == "");
}

TEST_CASE("the message of an error is the longest text in it that no value is put into") {
  const std::string code =
      "// throw InputError(\"not this one, a comment\");\n"
      "throw FileError(name, \"cannot \"\n"
      "                      \"read \\\"it\\\"\");\n"
      "check(x > 1'000 && y == '\"', \"a number of items\");\n"
      "reader.require(ok(\"key\"), \"key\", fmt::format(\"{} is {}; expected less\", a, b));\n"
      "note(\"no error at all\");\n"
      "fail(R\"(a \"raw\" text)\");\n";
  const std::vector<Message> messages = messages_of("x.cpp", code);
  REQUIRE(messages.size() == 4);
  CHECK(messages[0].text == "cannot read \"it");
  CHECK(messages[0].line == 2);
  CHECK(messages[1].text == "a number of items");
  CHECK(messages[1].line == 4);
  CHECK(messages[2].text == "expected less");
  CHECK(messages[3].text == "a \"raw\" text");
  CHECK(messages[3].line == 7);
}

TEST_CASE("a message that no test names is found, and an exception that is none") {
  const TempFolder folder;
  std::filesystem::create_directories(folder.path() / "sim/base");
  std::filesystem::create_directories(folder.path() / "test/base");
  std::ofstream(folder.path() / "sim/base/x.cpp")
      << "\nvoid f() { throw InputError(name + \": nothing of this kind\"); }\n";
  const auto found = [&](const std::string& test, const std::set<std::string>& exceptions = {}) {
    std::ofstream(folder.path() / "test/base/x_test.cpp") << test;
    return find_untested_messages(folder.path(), exceptions);
  };
  using Lines = std::vector<std::string>;
  const Lines untested = {"sim/base/x.cpp:2: no test names the message \"nothing of this kind\""};
  CHECK(found("CHECK(false);\n") == untested);
  CHECK(found("CHECK(\"nothing\");\n") == untested);
  CHECK(found("CHECK(\"something of another kind\");\n") == untested);
  CHECK(found("CHECK(\"x: nothing of this kind\");\n").empty());
  CHECK(found("CHECK(\"nothing of this\");\n").empty());
  CHECK(found("", {"nothing of this kind"}).empty());
  CHECK(found("CHECK(\"nothing of this kind\");\n", {"nothing of this kind"}) ==
        Lines{"an exception that is none: nothing of this kind"});
}

}  // namespace vitcod::test::message_rules_test
