#include <cstdio>
#include <cstring>

#include "berth.h"

const char *bell(const char *ship) {
  if (!ship) {
    return "nobody has arrived";
  }
  return ship;
}

int sunk() { return 1; }  // GCOVR_EXCL_LINE

// The argument names what is tested: nothing, the bell or all.
int main(int count, char **words) {
  if (count < 2) {
    return 0;
  }
  std::puts(bell("Alma"));
  if (std::strcmp(words[1], "all") == 0) {
    return fits(60, 40) && fits(60.5, 60.0) ? 0 : 1;
  }
  return 0;
}
