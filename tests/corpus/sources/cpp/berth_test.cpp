#include <gtest/gtest.h>

int depth(int draught) { return draught + 2; }

TEST(Berth, KeepsTwoMetresBelowTheKeel) { EXPECT_EQ(depth(5), 7); }

#ifndef CLEAN
TEST(Berth, IsDeepEnough) {
  EXPECT_EQ(depth(5), 8) << "measured at low tide";
  EXPECT_GT(depth(1), 9);
}
TEST(Berth, WaitsForTheTide) { GTEST_SKIP() << "no tide table"; }
TEST(Berth, DISABLED_DriesOut) { FAIL(); }
#endif

class Depths : public testing::TestWithParam<int> {};
TEST_P(Depths, AreKept) {
  RecordProperty("draught", GetParam());
  EXPECT_LT(GetParam(), depth(GetParam()));
}
INSTANTIATE_TEST_SUITE_P(Low, Depths, testing::Values(1, 2));
