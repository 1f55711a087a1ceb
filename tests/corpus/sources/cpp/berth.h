// Which berth a ship takes, in C++: what gcovr is run on.
template <typename T> bool fits(T berth, T ship) {
  return berth > ship;
}
