// SPDX-License-Identifier: Apache-2.0
#include "sim/base/sha256.hpp"

#include <catch2/catch.hpp>
#include <iostream>
#include <utility>
#include <vector>

#include "sim/base/sha256_blocks.hpp"

namespace vitcod::sha256_test {

// FIPS 180-4's example messages, as published in NIST's "Examples with Intermediate Values".
TEST_CASE("SHA-256 gives the digests of the standard's examples") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256_hex(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// Digests by Python's hashlib: the padding takes one block or two around 56 bytes.
TEST_CASE("SHA-256 pads messages whose length is near a block boundary") {
  const std::vector<std::pair<std::size_t, std::string>> cases = {
      {55, "d5e285683cd4efc02d021a5c62014694958901005d6f71e89e0989fac77e4072"},
      {56, "04c26261370ee7541549d16dee320c723e3fd14671e66a099afe0a377c16888e"},
      {63, "75220b47218278e656f2013bb8f0c455a25eaf01e86c64924e9d48d89776d6f2"},
      {64, "7ce100971f64e7001e8fe5a51973ecdfe1ced42befe7ee8d5fd6219506b5393c"},
      {65, "9537c5fdf120482f7d58d25e9ed583f52c02b4e304ea814db1633ad565aed7e9"},
      {119, "000b48d4edf0fa7bee3c6236ecd2785baa5db4eeb8bb54341b029e0d9fa5fb0c"},
      {120, "13f05a0b594787f5ecd315edc96141bd3243203d1b7d4f0836f37308b276ba98"}};
  for (const auto& [length, digest] : cases) {
    CAPTURE(length);
    CHECK(sha256_hex(std::string(length, 'x')) == digest);
  }
}

TEST_CASE("the processor's SHA-256 gives what the plain one gives") {
  if (!has_sha256_instructions()) {
    std::cout << "SKIPPED: this processor has no instructions for SHA-256\n";
    return;
  }
  std::string bytes;
  for (std::uint32_t i = 0; i < 5 * kSha256BlockBytes; ++i) bytes += char(i * 2654435761U >> 24);
  for (std::size_t num_blocks = 0; num_blocks <= 5; ++num_blocks) {
    Sha256State plain = {1, 0x80000002, 3, 0xfffffffc, 5, 6, 0x70000007, 8};
    Sha256State native = plain;
    add_sha256_blocks_portably(plain, bytes.data(), num_blocks);
    add_sha256_blocks_natively(native, bytes.data(), num_blocks);
    CHECK(native == plain);
  }
}

}  // namespace vitcod::sha256_test
