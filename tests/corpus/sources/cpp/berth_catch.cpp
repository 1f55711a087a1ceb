// Which berth a ship takes, in C++: what Catch2 2 is run on.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

#include "berth.h"

TEST_CASE("takes a shorter ship") {
  REQUIRE(fits(60, 40));
  SECTION("of any number") { CHECK(fits(60.5, 60.0)); }
}
TEST_CASE("never mind", "[tide]") { CHECK_NOFAIL(fits(1, 2)); }

#ifndef CLEAN
TEST_CASE("takes a ship of its length") {
  SECTION("afloat") { CHECK(fits(60, 60)); }
  SECTION("aground") { CHECK(fits(7, 5)); }
}
TEST_CASE("waits for the tide", "[!mayfail]") { CHECK(fits(5, 6)); }
TEST_CASE("dries out", "[!shouldfail]") { CHECK(fits(6, 5)); }
TEST_CASE("founders") { throw std::runtime_error("no water"); }
#endif
